// Every elementary function of the vector unit against the C library in long double, over a sweep of its domain,
// special values included; and the same bits at every instruction-set level.
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fast.h"

namespace tessera::tensix {
namespace {

constexpr float INF = std::numeric_limits<float>::infinity();
constexpr float NAN_VALUE = std::numeric_limits<float>::quiet_NaN();

uint32_t bits(float x) {
    return std::bit_cast<uint32_t>(x);
}

/// Denormals are zero to the vector unit, going in and coming out.
float flushed(long double x) {
    const float f = static_cast<float>(x);
    return std::fabs(f) < std::numeric_limits<float>::min() ? std::copysign(0.0f, f) : f;
}

/// |result - exact| in units of the last place of the exact value's fp32 neighbourhood.
double ulps(float result, long double exact) {
    const float near = flushed(exact);
    if (std::isnan(near) || std::isnan(result)) {
        return std::isnan(near) == std::isnan(result) ? 0 : 1e9;
    }
    if (std::isinf(near) || std::isinf(result)) {
        return near == result ? 0 : 1e9;
    }
    const long double smallest = std::numeric_limits<float>::min();
    if (std::fabs(exact) <= smallest && std::fabs(result) <= smallest) {
        return 0;
    }
    const int exponent = std::max(near == 0.0f ? -126 : std::ilogb(near), -126);
    return static_cast<double>(std::fabs(static_cast<long double>(result) - exact)) / std::ldexp(1.0, exponent - 23);
}

/// Values from -limit to limit, dense around zero, and every kind of special value.
std::vector<float> sweep(float low, float high) {
    std::vector<float> values = {0.0f, -0.0f, 1.0f,      -1.0f,  0.5f,  -0.5f,  2.0f,
                                 INF,  -INF,  NAN_VALUE, 1e-40f, 1e38f, -1e38f, 1e-38f};
    for (int i = 0; i <= 20000; i++) {
        values.push_back(low + (high - low) * static_cast<float>(i) / 20000.0f);
    }
    for (int e = -100; e < 100; e++) {
        for (float m : {1.0f, 1.1f, 1.37f, 1.5f, 1.73f, 1.99f}) {
            for (float sign : {1.0f, -1.0f}) {
                const float v = sign * std::ldexp(m, e);
                if (v >= low && v <= high) {
                    values.push_back(v);
                }
            }
        }
    }
    values.resize((values.size() + 15) / 16 * 16, 1.0f);
    return values;
}

using Reference = long double (*)(long double);

struct UnaryCase {
    const char* name;
    uint32_t op;
    Reference exact;
    float low, high;   // of the sweep
    double tolerance;  // fp32 ulps
    SfpuParams params = {};
};

// Tolerance classes: exact operations 0, one rounding 0.5, a polynomial or two 2 to 4, functions with cancellation in
// the C library's own sense (near zeros of the function) stated in their row.
const UnaryCase UNARY_CASES[] = {
    {"exp", TSR_SFPU_EXP, [](long double x) { return std::exp(x); }, -110, 95, 2, {0x3f800000}},
    {"exp2", TSR_SFPU_EXP2, [](long double x) { return std::exp2(x); }, -140, 130, 3},
    {"expm1", TSR_SFPU_EXPM1, [](long double x) { return std::expm1(x); }, -20, 88, 3},
    {"log", TSR_SFPU_LOG, [](long double x) { return std::log(x); }, 0, 1e6f, 2},
    {"log near one", TSR_SFPU_LOG, [](long double x) { return std::log(x); }, 0.5f, 2, 2},
    {"log1p", TSR_SFPU_LOG1P, [](long double x) { return std::log1p(x); }, -0.9f, 100, 3},
    {"tanh", TSR_SFPU_TANH, [](long double x) { return std::tanh(x); }, -10, 10, 3},
    {"sigmoid", TSR_SFPU_SIGMOID, [](long double x) { return 1 / (1 + std::exp(-x)); }, -85, 85, 4},
    {"silu", TSR_SFPU_SILU,
     [](long double x) { return std::isinf(x) ? (x < 0 ? 0.0L : x)
                                : x < -103    ? 0.0L
                                              : x / (1 + std::exp(-x)); }, -85,
     85, 4},
    {"gelu", TSR_SFPU_GELU,
     [](long double x) {
         return std::isinf(x) ? (x < 0 ? 0.0L : x) : x < -14.5L ? 0.0L : 0.5L * x * std::erfc(-x / std::sqrt(2.0L));
     },
     -12, 12, 8},
    {"recip", TSR_SFPU_RECIP, [](long double x) { return 1 / x; }, -100, 100, 0.51},
    {"sqrt", TSR_SFPU_SQRT, [](long double x) { return std::sqrt(x); }, 0, 1e6f, 0.51},
    {"rsqrt", TSR_SFPU_RSQRT, [](long double x) { return 1 / std::sqrt(x); }, 0, 1e6f, 1.6},
    {"cbrt", TSR_SFPU_CBRT, [](long double x) { return std::cbrt(x); }, -1e4f, 1e4f, 0.6},
    {"sin", TSR_SFPU_SIN, [](long double x) { return std::sin(x); }, -1e4f, 1e4f, 2},
    {"cos", TSR_SFPU_COS, [](long double x) { return std::cos(x); }, -1e4f, 1e4f, 2},
    {"tan", TSR_SFPU_TAN, [](long double x) { return std::tan(x); }, -1e4f, 1e4f, 4},
    {"asin", TSR_SFPU_ASIN, [](long double x) { return std::asin(x); }, -1, 1, 4},
    {"acos", TSR_SFPU_ACOS, [](long double x) { return std::acos(x); }, -1, 1, 4},
    {"atan", TSR_SFPU_ATAN, [](long double x) { return std::atan(x); }, -100, 100, 3},
    {"sinh", TSR_SFPU_SINH, [](long double x) { return std::sinh(x); }, -89, 89, 4},
    {"cosh", TSR_SFPU_COSH, [](long double x) { return std::cosh(x); }, -89, 89, 4},
    {"asinh", TSR_SFPU_ASINH, [](long double x) { return std::asinh(x); }, -1e5f, 1e5f, 4},
    {"acosh", TSR_SFPU_ACOSH, [](long double x) { return std::acosh(x); }, 1, 1e5f, 4},
    {"atanh", TSR_SFPU_ATANH, [](long double x) { return std::atanh(x); }, -1, 1, 4},
    {"erf", TSR_SFPU_ERF, [](long double x) { return std::erf(x); }, -6, 6, 3},
    {"erfc", TSR_SFPU_ERFC, [](long double x) { return std::erfc(x); }, -6, 9, 6},
    {"i0", TSR_SFPU_I0, [](long double x) { return std::cyl_bessel_il(0, std::fabs(x)); }, -20, 20, 1},
    {"i1", TSR_SFPU_I1, [](long double x) { return std::copysign(std::cyl_bessel_il(1, std::fabs(x)), x); }, -20, 20,
     1},
    {"floor", TSR_SFPU_FLOOR, [](long double x) { return std::floor(x); }, -100, 100, 0},
    {"ceil", TSR_SFPU_CEIL, [](long double x) { return std::ceil(x); }, -100, 100, 0},
    {"trunc", TSR_SFPU_TRUNC, [](long double x) { return std::trunc(x); }, -100, 100, 0},
    {"abs", TSR_SFPU_ABS, [](long double x) { return std::fabs(x); }, -100, 100, 0},
    {"negative", TSR_SFPU_NEG, [](long double x) { return -x; }, -100, 100, 0},
    {"square", TSR_SFPU_SQUARE, [](long double x) { return x * x; }, -100, 100, 0.51},
    {"power 2.5", TSR_SFPU_POWER, [](long double x) { return std::pow(x, 2.5L); }, -10, 100, 0.6, {bits(2.5f)}},
    {"power -3", TSR_SFPU_POWER, [](long double x) { return std::pow(x, -3.0L); }, -10, 100, 0.6, {bits(-3.0f)}},
    {"rpow 3", TSR_SFPU_RPOW, [](long double x) { return std::pow(3.0L, x); }, -50, 50, 0.6, {bits(3.0f)}},
    {"relu", TSR_SFPU_RELU_MIN, [](long double x) { return std::isnan(x) ? x
                                                           : x < 0       ? 0.0L
                                                                         : x; }, -10, 10, 0},
    {"fmod 1.75",
     TSR_SFPU_FMOD_SCALAR,
     [](long double x) { return std::fmod(x, 1.75L); },
     -1e4f,
     1e4f,
     0,
     {bits(1.75f)}},
    {"softplus",
     TSR_SFPU_SOFTPLUS,
     [](long double x) { return x < 20 ? std::log1p(std::exp(x)) : x; },
     -30,
     40,
     4,
     {bits(1.0f), bits(1.0f), bits(20.0f)}},
};

bool tested(const UnaryCase& row, float x) {
    // Bessel functions are not compared where the C library itself gives up, fmod where the quotient is beyond 2^29,
    // and angles where the library's own argument reduction is all that is left to compare.
    const bool special = !(x >= row.low && x <= row.high);
    if (row.op == TSR_SFPU_I0 || row.op == TSR_SFPU_I1 || row.op == TSR_SFPU_FMOD_SCALAR) {
        return !special && std::isfinite(x);
    }
    if (row.op == TSR_SFPU_SIN || row.op == TSR_SFPU_COS || row.op == TSR_SFPU_TAN) {
        return !special || !std::isfinite(x);
    }
    return true;
}

void PrintTo(const UnaryCase& row, std::ostream* out) {
    *out << row.name;
}

class Unary : public testing::TestWithParam<UnaryCase> {};

TEST_P(Unary, IsAccurate) {
    const UnaryCase& row = GetParam();
    const std::vector<float> inputs = sweep(row.low, row.high);
    std::vector<uint32_t> data(inputs.size());
    std::memcpy(data.data(), inputs.data(), 4 * inputs.size());
    fast().unary(row.op, data.data(), data.size(), row.params, SfpuWidth::Dst32);
    double worst = 0;
    float worst_at = 0;
    for (size_t i = 0; i < inputs.size(); i++) {
        if (!tested(row, inputs[i])) {
            continue;
        }
        const double error = ulps(std::bit_cast<float>(data[i]), row.exact(flushed(inputs[i])));
        if (error > worst) {
            worst = error;
            worst_at = inputs[i];
        }
    }
    RecordProperty("ulps", std::to_string(worst));
    EXPECT_LE(worst, row.tolerance) << "at " << worst_at;
}

INSTANTIATE_TEST_SUITE_P(Functions, Unary, testing::ValuesIn(UNARY_CASES), [](const auto& info) {
    std::string name;
    for (const char* c = info.param.name; *c; c++) {
        name += std::isalnum(static_cast<unsigned char>(*c)) ? std::string(1, *c) : "_";
    }
    return name;
});

TEST(Levels, GiveTheSameBits) {
    std::vector<float> inputs = sweep(-100, 100);
    std::vector<uint32_t> source(inputs.size());
    std::memcpy(source.data(), inputs.data(), 4 * inputs.size());
    std::vector<uint32_t> other(source.rbegin(), source.rend());
    const SfpuTable* portable = sfpu_by_name("portable");
    ASSERT_NE(portable, nullptr);
    for (const char* level : {"avx2", "avx512"}) {
        const SfpuTable* table = sfpu_by_name(level);
        if (table == nullptr) {
            continue;
        }
        const SfpuParams params{bits(1.5f), bits(0.75f), bits(20.0f)};
        for (SfpuWidth width : {SfpuWidth::Dst32, SfpuWidth::Dst16}) {
            for (uint32_t op = 0; op < TSR_SFPU_NUM_UNARY; op++) {
                if (op == TSR_SFPU_POWER_ITERATIVE) {
                    continue;  // its parameter is a count
                }
                std::vector<uint32_t> a = source, b = source;
                portable->unary(op, a.data(), a.size(), params, width);
                table->unary(op, b.data(), b.size(), params, width);
                EXPECT_EQ(a, b) << level << " " << sfpu_unary_name(op);
            }
            for (uint32_t op = 0; op < TSR_SFPU_NUM_BINARY; op++) {
                std::vector<uint32_t> a(source.size()), b(source.size());
                portable->binary(op, source.data(), other.data(), a.data(), a.size(), params, width);
                table->binary(op, source.data(), other.data(), b.data(), b.size(), params, width);
                EXPECT_EQ(a, b) << level << " " << sfpu_binary_name(op);
            }
            for (uint32_t op = 0; op < TSR_SFPU_NUM_TERNARY; op++) {
                std::vector<uint32_t> a(source.size()), b(source.size());
                portable->ternary(op, source.data(), other.data(), source.data(), a.data(), a.size(), params, width);
                table->ternary(op, source.data(), other.data(), source.data(), b.data(), b.size(), params, width);
                EXPECT_EQ(a, b) << level << " " << sfpu_ternary_name(op);
            }
        }
    }
}

}  // namespace
}  // namespace tessera::tensix
