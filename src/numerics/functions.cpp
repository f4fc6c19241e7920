#include <numerics/functions.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include <tensix/sfpu.h>

namespace tessera::numerics {
namespace {

#define TESSERA_INPUT(name, input, output) #input[0],
#define TESSERA_OUTPUT(name, input, output) #output[0],
constexpr char unary_input[] = {TSR_SFPU_UNARY_OPS(TESSERA_INPUT)};
constexpr char unary_output[] = {TSR_SFPU_UNARY_OPS(TESSERA_OUTPUT)};
constexpr char binary_input[] = {TSR_SFPU_BINARY_OPS(TESSERA_INPUT) TSR_SFPU_MIXED_OPS(TESSERA_INPUT)};
constexpr char binary_output[] = {TSR_SFPU_BINARY_OPS(TESSERA_OUTPUT) TSR_SFPU_MIXED_OPS(TESSERA_OUTPUT)};
#undef TESSERA_INPUT
#undef TESSERA_OUTPUT

constexpr double infinity = std::numeric_limits<double>::infinity();

double sigmoid(double x) {
    return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

double inverse_erf(double y) {
    if (!(std::fabs(y) < 1)) {
        return y == 1 ? infinity : y == -1 ? -infinity : std::nan("");
    }
    if (y == 0) {
        return y;
    }
    // A rough start (Winitzki's formula), then Newton's method on erfc, which keeps its digits near 1.
    const double w = std::log1p(-y * y), t = 2 / (std::numbers::pi * 0.147) + w / 2;
    double x = std::sqrt(std::sqrt(t * t - w / 0.147) - t);
    const double target = 1 - std::fabs(y);
    for (int i = 0; i < 6; ++i) {
        const double error = std::erfc(x) - target;
        x += error * std::sqrt(std::numbers::pi) / 2 * std::exp(x * x);
    }
    return std::copysign(x, y);
}

/// Modified Bessel functions of the first kind: the power series, whose terms are all positive.
double bessel_i(int order, double x) {
    const double magnitude = std::fabs(x);
    if (magnitude > 700) {
        return order == 1 && x < 0 ? -infinity : infinity;
    }
    const double quarter = magnitude * magnitude / 4;
    double term = order == 0 ? 1 : magnitude / 2, sum = term;
    for (int k = 1; k < 2000 && term > sum * 1e-18; ++k) {
        term *= quarter / (static_cast<double>(k) * (k + order));
        sum += term;
    }
    return order == 1 && x < 0 ? -sum : sum;
}

double softplus(double x, double beta, double inverse_beta, double threshold) {
    const double scaled = x * beta;
    if (!(scaled < threshold)) {
        return x;
    }
    return inverse_beta * (scaled > 0 ? scaled + std::log1p(std::exp(-scaled)) : std::log1p(std::exp(scaled)));
}

/// The remainder that has the sign of the divisor.
double floor_remainder(double a, double b) {
    const double r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

double truth(bool value) {
    return value ? 1 : 0;
}

}  // namespace

Meaning unary_meaning(uint32_t op) {
    switch (op) {
        case TSR_SFPU_COPY_BITS:
            return Meaning::Value;
        case TSR_SFPU_FILL_BITS:
            return Meaning::Bits;
        default:
            break;
    }
    if (op >= TSR_SFPU_NUM_UNARY || unary_output[op] == 'I') {
        return Meaning::Bits;
    }
    return unary_input[op] == 'I' ? Meaning::Number : Meaning::Value;
}

Meaning binary_meaning(uint32_t op) {
    if (op == TSR_SFPU_COPY || op == TSR_SFPU_MASK_INT) {
        return Meaning::Value;
    }
    return op >= TSR_SFPU_NUM_BINARY || binary_input[op] == 'I' || binary_output[op] == 'I' ? Meaning::Bits
                                                                                            : Meaning::Value;
}

double number(uint32_t op, uint32_t bits) {
    return op == TSR_SFPU_UINT32_TO_FLOAT || op == TSR_SFPU_UINT32_TO_BF16
               ? static_cast<double>(bits)
               : static_cast<double>(static_cast<int32_t>(bits));
}

double unary(uint32_t op, double x, uint32_t n0, uint32_t n1, uint32_t n2) {
    const double p0 = std::bit_cast<float>(n0), p1 = std::bit_cast<float>(n1), p2 = std::bit_cast<float>(n2);
    switch (op) {
        case TSR_SFPU_EXP:
            return std::exp((n1 & TSR_SFPU_SCALED) != 0 || p0 != 0 ? x * p0 : x);
        case TSR_SFPU_EXP_CLAMPED:
            return std::exp(p0 != 0 ? x * p0 : x);
        case TSR_SFPU_EXP2:
            return std::exp2(x);
        case TSR_SFPU_EXPM1:
            return std::expm1(x);
        case TSR_SFPU_LOG:
            return std::log(x);
        case TSR_SFPU_LOG_SCALED: {
            // The factor is 1 / ln(base) as an fp32; bases 2 and 10 are meant exactly.
            const auto factor = static_cast<float>(p0);
            return factor == static_cast<float>(std::numbers::log2e)    ? std::log2(x)
                   : factor == static_cast<float>(std::numbers::log10e) ? std::log10(x)
                                                                        : std::log(x) * p0;
        }
        case TSR_SFPU_LOG1P:
            return std::log1p(x);
        case TSR_SFPU_TANH:
            return std::tanh(x);
        case TSR_SFPU_SIGMOID:
            return sigmoid(x);
        case TSR_SFPU_SILU:
            return x * sigmoid(x);
        case TSR_SFPU_GELU:
            return x / 2 * std::erfc(-x / std::numbers::sqrt2);
        case TSR_SFPU_RECIP:
            return 1 / x;
        case TSR_SFPU_SQRT:
            return std::sqrt(x);
        case TSR_SFPU_RSQRT:
            return 1 / std::sqrt(x);
        case TSR_SFPU_CBRT:
            return std::cbrt(x);
        case TSR_SFPU_ABS:
            return std::fabs(x);
        case TSR_SFPU_NEG:
            return -x;
        case TSR_SFPU_SIGN:
            return x > 0 ? 1 : x < 0 ? -1 : x;
        case TSR_SFPU_SIGNBIT:
            return truth(x < 0);
        case TSR_SFPU_SQUARE:
            return x * x;
        case TSR_SFPU_POWER:
            return std::pow(x, p0);
        case TSR_SFPU_POWER_ITERATIVE:
            return std::pow(x, static_cast<double>(n0));
        case TSR_SFPU_HEAVISIDE:
            return x == 0 ? p0 : truth(x > 0);
        case TSR_SFPU_SOFTPLUS:
            return softplus(x, p0, p1, p2);
        case TSR_SFPU_ELU:
            return x < 0 ? p0 * std::expm1(x) : x;
        case TSR_SFPU_CELU:
            return x < 0 ? p0 * std::expm1(x * p1) : x;
        case TSR_SFPU_SELU:
            return x < 0 ? std::expm1(x) * p1 * p0 : x * p0;
        case TSR_SFPU_SOFTSIGN:
            return std::isinf(x) ? std::copysign(1.0, x) : x / (1 + std::fabs(x));
        case TSR_SFPU_SOFTSHRINK:
            return x > p0 ? x - p0 : x < -p0 ? x + p0 : 0;
        case TSR_SFPU_HARDSIGMOID:
            return std::clamp(x / 6 + 0.5, 0.0, 1.0);
        case TSR_SFPU_HARDMISH:
            return x * std::clamp(x + 2.8, 0.0, 5.0) * 0.2;
        case TSR_SFPU_LEAKY_RELU:
            return x < 0 ? x * p0 : x;
        case TSR_SFPU_RELU_MAX:
            return std::max(x > p0 ? p0 : x, 0.0);
        case TSR_SFPU_RELU_MIN:
            return x < p0 ? p0 : x;
        case TSR_SFPU_THRESHOLD:
            return x > p0 ? x : p1;
        case TSR_SFPU_CLAMP:
            return std::min(std::max(x, p0), p1);
        case TSR_SFPU_SIN:
            return std::sin(x);
        case TSR_SFPU_COS:
            return std::cos(x);
        case TSR_SFPU_TAN:
            return std::tan(x);
        case TSR_SFPU_ASIN:
            return std::asin(x);
        case TSR_SFPU_ACOS:
            return std::acos(x);
        case TSR_SFPU_ATAN:
            return std::atan(x);
        case TSR_SFPU_SINH:
            return std::sinh(x);
        case TSR_SFPU_COSH:
            return std::cosh(x);
        case TSR_SFPU_ASINH:
            return std::asinh(x);
        case TSR_SFPU_ACOSH:
            return std::acosh(x);
        case TSR_SFPU_ATANH:
            return std::atanh(x);
        case TSR_SFPU_ERF:
            return std::erf(x);
        case TSR_SFPU_ERFC:
            return std::erfc(x);
        case TSR_SFPU_ERFINV:
            return inverse_erf(x);
        case TSR_SFPU_I0:
            return bessel_i(0, x);
        case TSR_SFPU_I1:
            return bessel_i(1, x);
        case TSR_SFPU_LGAMMA:
            return std::lgamma(x);
        case TSR_SFPU_LGAMMA_STIRLING:
            return std::lgamma(x < 0.5 ? 1 - x : x);
        case TSR_SFPU_XIELU:
            return x > 0 ? p0 * x * x + x / 2 : p1 * (std::expm1(x) - x) + x / 2;
        case TSR_SFPU_ISINF:
            return truth(std::isinf(x));
        case TSR_SFPU_ISPOSINF:
            return truth(std::isinf(x) && x > 0);
        case TSR_SFPU_ISNEGINF:
            return truth(std::isinf(x) && x < 0);
        case TSR_SFPU_ISNAN:
            return truth(std::isnan(x));
        case TSR_SFPU_ISFINITE:
            return truth(std::isfinite(x));
        case TSR_SFPU_EQZ:
            return truth(x == 0);
        case TSR_SFPU_NEZ:
            return truth(x != 0);
        case TSR_SFPU_LTZ:
            return truth(x < 0);
        case TSR_SFPU_GTZ:
            return truth(x > 0);
        case TSR_SFPU_LEZ:
            return truth(x <= 0);
        case TSR_SFPU_GEZ:
            return truth(x >= 0);
        case TSR_SFPU_EQ_SCALAR:
            return truth(x == p0);
        case TSR_SFPU_NE_SCALAR:
            return truth(x != p0);
        case TSR_SFPU_LT_SCALAR:
            return truth(x < p0);
        case TSR_SFPU_GT_SCALAR:
            return truth(x > p0);
        case TSR_SFPU_LE_SCALAR:
            return truth(x <= p0);
        case TSR_SFPU_GE_SCALAR:
            return truth(x >= p0);
        case TSR_SFPU_FLOOR:
            return std::floor(x);
        case TSR_SFPU_CEIL:
            return std::ceil(x);
        case TSR_SFPU_TRUNC:
            return std::trunc(x);
        case TSR_SFPU_FRAC:
            return x - std::trunc(x);
        case TSR_SFPU_ROUND:
            return std::nearbyint(x * p0) / p0;
        case TSR_SFPU_ADD_SCALAR:
            return x + p0;
        case TSR_SFPU_SUB_SCALAR:
            return x - p0;
        case TSR_SFPU_MUL_SCALAR:
            return x * p0;
        case TSR_SFPU_RSUB_SCALAR:
            return p0 - x;
        case TSR_SFPU_RDIV:
            return p0 / x;
        case TSR_SFPU_RDIV_TRUNC:
            return std::trunc(p0 / x);
        case TSR_SFPU_RDIV_FLOOR:
            return std::floor(p0 / x);
        case TSR_SFPU_RPOW:
            return std::pow(p0, x);
        case TSR_SFPU_FMOD_SCALAR:
            return std::fmod(x, p0);
        case TSR_SFPU_REMAINDER_SCALAR:
            return floor_remainder(x, p0);
        case TSR_SFPU_MAX_SCALAR:
            return std::max(x, p0);
        case TSR_SFPU_MIN_SCALAR:
            return std::min(x, p0);
        case TSR_SFPU_FILL:
            return p0;
        default:
            return x;  // IDENTITY, COPY_BITS, FLOAT_TO_BF16: the value is meant to stay what it is
    }
}

double binary(uint32_t op, double a, double b) {
    switch (op) {
        case TSR_SFPU_ADD:
        case TSR_SFPU_ADD_NEAREST:
            return a + b;
        case TSR_SFPU_SUB:
        case TSR_SFPU_SUB_NEAREST:
            return a - b;
        case TSR_SFPU_RSUB:
        case TSR_SFPU_RSUB_NEAREST:
            return b - a;
        case TSR_SFPU_MUL:
            return a * b;
        case TSR_SFPU_DIV:
            return a / b;
        case TSR_SFPU_DIV_NO_NAN:
            return b == 0 ? 0 : a / b;
        case TSR_SFPU_POW:
            return std::pow(a, b);
        case TSR_SFPU_XLOGY:
            return a == 0 && b >= 0 ? 0 : a * std::log(b);
        case TSR_SFPU_EQ:
            return truth(a == b);
        case TSR_SFPU_NE:
            return truth(a != b);
        case TSR_SFPU_LT:
            return truth(a < b);
        case TSR_SFPU_GT:
            return truth(a > b);
        case TSR_SFPU_LE:
            return truth(a <= b);
        case TSR_SFPU_GE:
            return truth(a >= b);
        case TSR_SFPU_MAX:
            return std::max(a, b);
        case TSR_SFPU_MIN:
            return std::min(a, b);
        case TSR_SFPU_FMOD:
            return std::fmod(a, b);
        case TSR_SFPU_REMAINDER:
            return floor_remainder(a, b);
        case TSR_SFPU_ATAN2:
            return std::atan2(a, b);
        case TSR_SFPU_LOGSIGMOID:
            return a < 0 ? a - std::log1p(std::exp(a)) : -std::log1p(std::exp(-a));
        case TSR_SFPU_LGAMMA_STIRLING_FLOAT:
            return std::lgamma(a < 0.5 ? 1 - a : a);
        case TSR_SFPU_MASK:
        case TSR_SFPU_MASK_INT:
            return b == 0 ? 0 : a;
        case TSR_SFPU_MASK_POSINF:
            return b == 0 ? infinity : a;
        default:
            return a;  // COPY
    }
}

double ternary(uint32_t op, double a, double b, double c, uint32_t n0) {
    const double p0 = std::bit_cast<float>(n0);
    switch (op) {
        case TSR_SFPU_WHERE:
            return a != 0 ? b : c;
        case TSR_SFPU_ADDCMUL:
            return a + p0 * b * c;
        case TSR_SFPU_ADDCDIV:
            return a + p0 * b / c;
        case TSR_SFPU_LERP:
            return a + c * (b - a);
        default:
            return c < 0.5 ? std::log(std::numbers::pi) - b - a : a;  // LGAMMA_ADJUSTED
    }
}

}  // namespace tessera::numerics
