#include "sfpu_reference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

namespace tessera::accuracy {

using namespace tensix;

namespace {

uint32_t word(float x) {
    return std::bit_cast<uint32_t>(x);
}
float value(uint32_t x) {
    return std::bit_cast<float>(x);
}

#define REAL_FUNCTION(name, call)  \
    Real name(const Real& x) {     \
        Real r;                    \
        call(r.v, x.v, MPFR_RNDN); \
        return r;                  \
    }
REAL_FUNCTION(exp, mpfr_exp)
REAL_FUNCTION(exp2, mpfr_exp2)
REAL_FUNCTION(expm1, mpfr_expm1)
REAL_FUNCTION(log, mpfr_log)
REAL_FUNCTION(log1p, mpfr_log1p)
REAL_FUNCTION(tanh, mpfr_tanh)
REAL_FUNCTION(sqrt, mpfr_sqrt)
REAL_FUNCTION(cbrt, mpfr_cbrt)
REAL_FUNCTION(abs, mpfr_abs)
REAL_FUNCTION(operator-, mpfr_neg)
REAL_FUNCTION(sin, mpfr_sin)
REAL_FUNCTION(cos, mpfr_cos)
REAL_FUNCTION(tan, mpfr_tan)
REAL_FUNCTION(asin, mpfr_asin)
REAL_FUNCTION(acos, mpfr_acos)
REAL_FUNCTION(atan, mpfr_atan)
REAL_FUNCTION(sinh, mpfr_sinh)
REAL_FUNCTION(cosh, mpfr_cosh)
REAL_FUNCTION(asinh, mpfr_asinh)
REAL_FUNCTION(acosh, mpfr_acosh)
REAL_FUNCTION(atanh, mpfr_atanh)
REAL_FUNCTION(erf, mpfr_erf)
REAL_FUNCTION(erfc, mpfr_erfc)
#undef REAL_FUNCTION
#define REAL_OPERATOR(name, call)             \
    Real name(const Real& a, const Real& b) { \
        Real r;                               \
        call(r.v, a.v, b.v, MPFR_RNDN);       \
        return r;                             \
    }
REAL_OPERATOR(operator+, mpfr_add)
REAL_OPERATOR(operator-, mpfr_sub)
REAL_OPERATOR(operator*, mpfr_mul)
REAL_OPERATOR(operator/, mpfr_div)
REAL_OPERATOR(pow, mpfr_pow)
REAL_OPERATOR(fmod, mpfr_fmod)
REAL_OPERATOR(atan2, mpfr_atan2)
#undef REAL_OPERATOR
bool operator<(const Real& a, const Real& b) {
    return mpfr_less_p(a.v, b.v) != 0;
}
bool operator>(const Real& a, const Real& b) {
    return mpfr_greater_p(a.v, b.v) != 0;
}
bool operator>=(const Real& a, const Real& b) {
    return mpfr_greaterequal_p(a.v, b.v) != 0;
}
bool operator==(const Real& a, const Real& b) {
    return mpfr_equal_p(a.v, b.v) != 0;
}
Real floor(const Real& x) {
    Real r;
    mpfr_floor(r.v, x.v);
    return r;
}
Real trunc(const Real& x) {
    Real r;
    mpfr_trunc(r.v, x.v);
    return r;
}
Real rint(const Real& x) {  // ties to even
    Real r;
    mpfr_rint(r.v, x.v, MPFR_RNDN);
    return r;
}
Real round_away(const Real& x) {
    Real r;
    mpfr_round(r.v, x.v);
    return r;
}
Real lgamma(const Real& x) {
    Real r;
    int sign;
    mpfr_lgamma(r.v, &sign, x.v, MPFR_RNDN);
    return r;
}
Real pi() {
    Real r;
    mpfr_const_pi(r.v, MPFR_RNDN);
    return r;
}
Real clamp(const Real& x, long double low, long double high) {
    return x < Real(low) ? Real(low) : x > Real(high) ? Real(high) : x;
}
Real sigmoid(const Real& x) {
    return Real(1) / (Real(1) + exp(-x));
}
/// Remainder of the division rounded down: with the divisor's sign.
Real remainder_floor(const Real& a, const Real& b) {
    const Real r = fmod(a, b);
    return mpfr_zero_p(r.v) || mpfr_signbit(r.v) == mpfr_signbit(b.v) ? r : r + b;
}
/// Newton's iteration on erf, or near the ends on erfc, from a guess good to two digits.
Real erfinv(const Real& y) {
    if (abs(y) >= Real(1)) {
        return abs(y) == Real(1) ? y / Real(0) : Real(NAN);
    }
    if (mpfr_zero_p(y.v)) {
        return y;
    }
    const Real tail = Real(1) - abs(y);
    const double t = mpfr_get_d(tail.v, MPFR_RNDN), a = 0.147;
    const double l = std::log(t * (2 - t)), k = 2 / (M_PI * a) + l / 2;
    Real x = static_cast<long double>(std::sqrt(std::sqrt(k * k - l / a) - k));
    if (abs(y) < Real(1e-4L)) {
        x = abs(y) * sqrt(pi()) / Real(2);
    }
    for (int i = 0; i < 5; ++i) {
        const Real miss = abs(y) < Real(0.5L) ? erf(x) - abs(y) : tail - erfc(x);
        x = x - miss * sqrt(pi()) / Real(2) * exp(x * x);
    }
    return y < Real(0) ? -x : x;
}
/// The power series of I0 and I1; past 100 both are above fp32's range.
Real bessel(const Real& x, int order) {
    if (!(abs(x) < Real(100))) {
        return (order == 1 && x < Real(0) ? Real(-1) : Real(1)) / Real(0);
    }
    const Real q = x * x / Real(4);
    Real term = order == 0 ? Real(1) : x / Real(2), sum = term;
    for (int k = 1; k < 400; ++k) {
        term = term * q / Real(static_cast<long double>(k) * (k + order));
        sum = sum + term;
        if (mpfr_zero_p(term.v) || mpfr_get_exp(term.v) < mpfr_get_exp(sum.v) - 100) {
            break;
        }
    }
    return sum;
}
int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}
uint32_t half_away(uint32_t x) {
    return (x + 0x8000) & 0xffff0000u;
}

#define FN(expression)                                               \
    [](const Real* v, [[maybe_unused]] const float* p) -> Real {     \
        [[maybe_unused]] const Real &x = v[0], &b = v[1], &c = v[2]; \
        return expression;                                           \
    }
#define CMP(expression)                                              \
    [](const double* v, [[maybe_unused]] const float* p) -> double { \
        [[maybe_unused]] const double x = v[0], b = v[1], c = v[2];  \
        return expression;                                           \
    }
#define INT(expression)                                                                            \
    [](const uint32_t* v, [[maybe_unused]] const uint32_t* q) -> uint32_t {                        \
        [[maybe_unused]] const uint32_t ux = v[0], ub = v[1], uc = v[2];                           \
        [[maybe_unused]] const int64_t x = static_cast<int32_t>(ux), b = static_cast<int32_t>(ub); \
        [[maybe_unused]] const double f = value(ux);                                               \
        return static_cast<uint32_t>(expression);                                                  \
    }
#define MIX(expression)                                                                                \
    [](const uint32_t* v) -> double {                                                                  \
        [[maybe_unused]] const uint32_t ux = v[0], ub = v[1];                                          \
        [[maybe_unused]] const int32_t x = std::bit_cast<int32_t>(ux), b = std::bit_cast<int32_t>(ub); \
        return expression;                                                                             \
    }
#include "sfpu_reference_list.h"

constexpr bool covered(uint8_t arity, uint32_t op) {
    return std::any_of(std::begin(FUNCTIONS), std::end(FUNCTIONS),
                       [=](const Function& f) { return f.arity == arity && f.op == op; });
}
#define COVERED1(name, input, output) static_assert(covered(1, TSR_SFPU_##name), "no reference for " #name);
#define COVERED2(name, input, output) static_assert(covered(2, TSR_SFPU_##name), "no reference for " #name);
#define COVERED3(name, input, output) static_assert(covered(3, TSR_SFPU_##name), "no reference for " #name);
TSR_SFPU_UNARY_OPS(COVERED1)
TSR_SFPU_BINARY_OPS(COVERED2)
TSR_SFPU_MIXED_OPS(COVERED2)
TSR_SFPU_TERNARY_OPS(COVERED3)

/// A denormal operand is a zero to the chip.
uint32_t flushed(uint32_t x) {
    return (x & 0x7f800000u) == 0 ? x & 0x80000000u : x;
}

}  // namespace

std::span<const Function> functions() {
    return FUNCTIONS;
}

Inputs inputs(const Function& f, bool narrow, size_t wanted) {
    Inputs in;
    std::mt19937_64 random(f.op * 3 + f.arity);
    const uint32_t keep = narrow ? 0xffff0000u : 0xffffffffu;
    if (f.kind == Kind::Integer || f.kind == Kind::Mixed) {
        // Small, large and arbitrary words; a divisor is not zero, a factor of an fp32 result is a small number.
        for (size_t i = 0; i < wanted / 16 * 16; ++i) {
            for (int k = 0; k < f.arity; ++k) {
                const auto r = static_cast<uint32_t>(random());
                uint32_t v = random() % 2 != 0 ? r >> 1 >> random() % 31 : random() % 2 != 0 ? 0u - (r >> 16) : r;
                const std::string name = f.name;
                if (name == "FLOAT_TO_BF16" || name == "FLOAT_TO_INT32" || name == "FLOAT_TO_UINT16" ||
                    name == "FLOAT_TO_UINT32") {
                    v = flushed(word(
                        std::ldexp(static_cast<float>(static_cast<int32_t>(r)), -static_cast<int>(random() % 40))));
                }
                if (name.find("DIV") == 0 || name.find("MOD") != std::string::npos || name.find("REM") == 0) {
                    v = v == 0 ? 1 : v;
                }
                if (name.find("16") != std::string::npos && name.find("UINT16") != std::string::npos && k < 2 &&
                    f.arity == 2) {
                    v &= 0xffff;
                }
                if (name == "GCD" || name == "LCM") {
                    v &= 0x7fff;
                }
                if (name.find("QUANT") != std::string::npos) {
                    v = k == 0 ? static_cast<uint32_t>(static_cast<int32_t>(r) >> 16)
                               : word(std::ldexp(static_cast<float>(r >> 9 | 1), -30));
                }
                if (name.find("SHIFT") != std::string::npos && k == 1) {
                    v = r % 40;
                }
                in.operand[k].push_back(v);
            }
        }
        return in;
    }
    const auto anywhere = [&](size_t i) {
        const auto r = static_cast<uint32_t>(random());
        const uint32_t exponent = static_cast<uint32_t>(i / 2 % 255) << 23, sign = static_cast<uint32_t>(i % 2) << 31;
        constexpr uint32_t ends[] = {0, 1, 0x7fffff, 0x7ffffe};
        const size_t turn = i / 510;
        return sign | exponent | (turn < 4 ? ends[turn] : r & 0x7fffff);
    };
    const auto core = [&] {
        const double u = static_cast<double>(random() >> 11) * 0x1p-53;
        if (f.high > 1e4f) {  // over the magnitudes
            const double low = f.low > 0 ? f.low : 1e-37;
            const double m = low * std::pow(f.high / low, u);
            return word(static_cast<float>(f.low < 0 && random() % 2 != 0 ? -m : m));
        }
        return word(static_cast<float>(f.low + u * (f.high - f.low)));
    };
    for (size_t i = 0; i < wanted / 16 * 16; ++i) {
        const bool in_core = i % 2 != 0;
        for (int k = 0; k < f.arity; ++k) {
            uint32_t v = in_core ? core() : k == 0 ? anywhere(i / 2) : anywhere(random() % 100000);
            in.operand[k].push_back(v & keep);
        }
        if (f.second != nullptr) {
            in.operand[1].back() = word(static_cast<float>(f.second(value(in.operand[0].back())))) & keep;
        }
    }
    return in;
}

Inputs every_bf16() {
    Inputs in;
    for (uint32_t i = 0; i < 65536; ++i) {
        in.operand[0].push_back(i << 16);
    }
    return in;
}

std::vector<long double> reference(const Function& f, const Inputs& in) {
    std::vector<long double> truth(in.size());
    for (size_t i = 0; i < in.size(); ++i) {
        uint32_t w[3] = {};
        bool finite = true;
        for (int k = 0; k < f.arity; ++k) {
            w[k] = f.kind == Kind::Integer || f.kind == Kind::Mixed ? in.operand[k][i] : flushed(in.operand[k][i]);
            finite = finite && std::isfinite(value(w[k]));
        }
        if (f.kind == Kind::Integer) {
            truth[i] = static_cast<long double>(f.integer(w, f.raw));
        } else if (f.kind == Kind::Mixed) {
            truth[i] = f.mixed(w);
        } else if (f.kind == Kind::Compare) {
            const double v[3] = {value(w[0]), value(w[1]), value(w[2])};
            const bool classifies = std::strncmp(f.name, "IS", 2) == 0;
            truth[i] = finite || classifies ? static_cast<long double>(f.compare(v, f.p)) : NAN;
        } else if (finite) {
            const Real v[3] = {Real(value(w[0])), Real(value(w[1])), Real(value(w[2]))};
            truth[i] = mpfr_get_ld(f.real(v, f.p).v, MPFR_RNDN);
        } else {
            truth[i] = NAN;
        }
    }
    return truth;
}

}  // namespace tessera::accuracy
