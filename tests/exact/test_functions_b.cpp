// The exact vector-unit functions of the trigonometric, special, rounding and simple families, and the operations
// across a tile: against the C library in long double, within what the chip's algorithms allow; known special values;
// and the same bits at every instruction-set level.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <tensix/arithmetic.h>
#include <tensix/sfpu.h>
#include <tensix/sfpu_tile.h>

namespace tessera::tensix {
namespace {

constexpr float INF = std::numeric_limits<float>::infinity();
constexpr float NAN_VALUE = std::numeric_limits<float>::quiet_NaN();
constexpr Chip CHIPS[] = {Chip::Wormhole, Chip::Blackhole};
constexpr SfpuWidth D32 = SfpuWidth::Dst32, D16 = SfpuWidth::Dst16;
constexpr uint32_t APPROX = TSR_SFPU_APPROX;

constexpr uint32_t word(float x) {
    return std::bit_cast<uint32_t>(x);
}
constexpr float value(uint32_t x) {
    return std::bit_cast<float>(x);
}
const SfpuTable& table(Chip chip) {
    return *exact_sfpu_by_name(chip, "portable");
}
const char* name_of(Chip chip) {
    return chip == Chip::Wormhole ? "Wormhole" : "Blackhole";
}
uint32_t apply_bits(Chip chip, uint32_t op, uint32_t x, SfpuParams params = {}, SfpuWidth width = D32) {
    uint32_t data[16] = {x};
    table(chip).unary(op, data, 16, params, width);
    return data[0];
}
float apply(Chip chip, uint32_t op, float x, SfpuParams params = {}, SfpuWidth width = D32) {
    return value(apply_bits(chip, op, word(x), params, width));
}
uint32_t apply2_bits(Chip chip, uint32_t op, uint32_t a, uint32_t b, SfpuParams params = {}, SfpuWidth width = D32) {
    uint32_t lhs[16] = {a}, rhs[16] = {b}, out[16];
    table(chip).binary(op, lhs, rhs, out, 16, params, width);
    return out[0];
}
float apply2(Chip chip, uint32_t op, float a, float b, SfpuParams params = {}, SfpuWidth width = D32) {
    return value(apply2_bits(chip, op, word(a), word(b), params, width));
}
float apply3(Chip chip, uint32_t op, float a, float b, float c, SfpuParams params = {}, SfpuWidth width = D32) {
    uint32_t first[16] = {word(a)}, second[16] = {word(b)}, third[16] = {word(c)}, out[16];
    table(chip).ternary(op, first, second, third, out, 16, params, width);
    return value(out[0]);
}

// --- Accuracy --------------------------------------------------------------------------------------------------------
enum class Measure { Relative, Absolute };

struct Case {
    const char* name;
    uint32_t op;
    SfpuWidth width;
    long double (*exact)(long double);
    float low, high;
    Measure measure;
    double limit;
    SfpuParams params = {};
};

long double asin_series(long double x) {
    // What is left of the series after x^11 is the algorithm's own error.
    return x + x * x * x / 6 + 3 * std::pow(x, 5) / 40 + 5 * std::pow(x, 7) / 112 + 35 * std::pow(x, 9) / 1152 +
           63 * std::pow(x, 11) / 2816;
}
long double bessel0(long double x) {
    return std::cyl_bessel_i(0.0L, std::fabs(x));
}
/// What the chip's kernel approximates: every coefficient after x / 2 is twice the Bessel function's.
long double bessel1(long double x) {
    return (x < 0 ? -2 : 2) * std::cyl_bessel_i(1.0L, std::fabs(x)) - x / 2;
}
/// The inverse of the error function by Newton's iteration.
long double erfinv(long double x) {
    long double y = 0;
    for (int i = 0; i < 200; i++) {
        y -= (std::erf(y) - x) * std::sqrt(std::acos(-1.0L)) / 2 * std::exp(y * y);
    }
    return y;
}

// Limits are the errors of the algorithms: of a polynomial's fit, of a reduction by pi rounded to fp32, of the cubic
// logarithm in the inverse hyperbolic functions (1.7e-3, and 2.8e-4 a power of two), of Winitzki's formula (0.7 %).
// bf16 adds 2^-7 where the result is truncated and 2^-8 where it is rounded.
const Case CASES[] = {
    {"sin", TSR_SFPU_SIN, D32, std::sin, -3.2f, 3.2f, Measure::Absolute, 5e-7},
    {"sin far", TSR_SFPU_SIN, D32, std::sin, -100, 100, Measure::Absolute, 1.2e-5},
    {"sin", TSR_SFPU_SIN, D16, std::sin, -3.2f, 3.2f, Measure::Absolute, 4e-3},
    {"sin approximate", TSR_SFPU_SIN, D32, std::sin, -3.2f, 3.2f, Measure::Absolute, 2.5e-3, {APPROX}},
    {"cos", TSR_SFPU_COS, D32, std::cos, -3.2f, 3.2f, Measure::Absolute, 5e-7},
    {"cos far", TSR_SFPU_COS, D32, std::cos, -100, 100, Measure::Absolute, 1.2e-5},
    {"cos approximate", TSR_SFPU_COS, D32, std::cos, -3.2f, 3.2f, Measure::Absolute, 2.5e-3, {APPROX}},
    {"tan", TSR_SFPU_TAN, D32, std::tan, -0.99f, 0.99f, Measure::Relative, 5e-7},
    {"tan to its pole", TSR_SFPU_TAN, D32, std::tan, -1.5f, 1.5f, Measure::Relative, 2e-2},
    {"tan approximate", TSR_SFPU_TAN, D32, std::tan, -0.99f, 0.99f, Measure::Relative, 3e-4, {APPROX}},
    {"asin", TSR_SFPU_ASIN, D32, asin_series, -1, 1, Measure::Relative, 4e-7},
    {"asin", TSR_SFPU_ASIN, D32, std::asin, -0.5f, 0.5f, Measure::Absolute, 4e-6},
    {"acos", TSR_SFPU_ACOS, D32, std::acos, -0.5f, 0.5f, Measure::Absolute, 4e-6},
    {"atan", TSR_SFPU_ATAN, D32, std::atan, -50, 50, Measure::Relative, 4e-7},
    {"atan", TSR_SFPU_ATAN, D16, std::atan, -50, 50, Measure::Relative, 4.1e-3},
    {"sinh", TSR_SFPU_SINH, D32, std::sinh, 2, 88, Measure::Relative, 5e-3},
    {"sinh near 0", TSR_SFPU_SINH, D32, std::sinh, -1, 1, Measure::Absolute, 6e-3},
    {"cosh", TSR_SFPU_COSH, D32, std::cosh, -88, 88, Measure::Relative, 3e-3},
    {"cosh", TSR_SFPU_COSH, D16, std::cosh, -88, 88, Measure::Relative, 1.2e-2},
    {"asinh", TSR_SFPU_ASINH, D32, std::asinh, -100, 100, Measure::Absolute, 4e-3},
    {"acosh", TSR_SFPU_ACOSH, D32, std::acosh, 1.1f, 100, Measure::Absolute, 4e-3},
    {"atanh", TSR_SFPU_ATANH, D32, std::atanh, -0.95f, 0.95f, Measure::Absolute, 2e-3},
    {"erf", TSR_SFPU_ERF, D32, std::erf, -4, 4, Measure::Absolute, 2e-3},
    {"erfc", TSR_SFPU_ERFC, D32, std::erfc, -4, 4, Measure::Absolute, 2e-3},
    {"erfinv", TSR_SFPU_ERFINV, D32, erfinv, 0.05f, 0.99f, Measure::Relative, 2e-2},
    {"i0", TSR_SFPU_I0, D32, bessel0, -8, 8, Measure::Relative, 2e-3},
    {"i1", TSR_SFPU_I1, D32, bessel1, -8, 8, Measure::Relative, 2e-3},
    {"lgamma of one tile", TSR_SFPU_LGAMMA, D32, std::lgamma, 3, 50, Measure::Relative, 2e-2},
    {"lgamma stirling", TSR_SFPU_LGAMMA_STIRLING, D32, std::lgamma, 3, 100, Measure::Relative, 5e-3},
};

std::vector<float> samples(const Case& c) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> uniform(c.low, c.high);
    std::vector<float> values(4096);
    for (float& x : values) {
        x = uniform(random);
        x = c.width == D16 ? value(word(x) & 0xffff0000u) : x;
    }
    return values;
}

class FunctionAccuracy : public testing::TestWithParam<Case> {};

TEST_P(FunctionAccuracy, LiesWithinWhatTheAlgorithmAllows) {
    const Case& c = GetParam();
    const std::vector<float> in = samples(c);
    for (Chip chip : CHIPS) {
        std::vector<uint32_t> data(in.size());
        std::memcpy(data.data(), in.data(), in.size() * sizeof(float));
        table(chip).unary(c.op, data.data(), data.size(), c.params, c.width);
        double worst = 0;
        float at = 0;
        for (size_t i = 0; i < in.size(); i++) {
            const long double exact = c.exact(in[i]);
            long double error = std::fabs(static_cast<long double>(value(data[i])) - exact);
            error = c.measure == Measure::Relative && exact != 0 ? error / std::fabs(exact) : error;
            if (!(error <= worst)) {
                worst = static_cast<double>(error);
                at = in[i];
            }
        }
        EXPECT_LE(worst, c.limit) << name_of(chip) << " at " << at << ", " << apply(chip, c.op, at, c.params, c.width);
        if (std::getenv("TESSERA_SHOW_ERRORS") != nullptr) {
            std::printf("%-20s %s: %.3g of %.3g\n", c.name, name_of(chip), worst, c.limit);
        }
    }
}
INSTANTIATE_TEST_SUITE_P(Families, FunctionAccuracy, testing::ValuesIn(CASES));

TEST(FunctionValues, OfArcTangentsOfTwoTiles) {
    const double ulp = 4e-7;
    std::mt19937 random(5);
    std::uniform_real_distribution<float> uniform(-3, 3);
    for (Chip chip : CHIPS) {
        for (int i = 0; i < 2000; i++) {
            const float y = uniform(random), x = uniform(random);
            EXPECT_NEAR(apply2(chip, TSR_SFPU_ATAN2, y, x), std::atan2(y, x), 4 * ulp) << y << " " << x;
            EXPECT_NEAR(apply2(chip, TSR_SFPU_ATAN2, y, x, {}, D16), std::atan2(y, x), 2.5e-2);
        }
        for (float y : {0.0f, -0.0f, 1.0f, -1.0f, INF, -INF}) {
            for (float x : {0.0f, -0.0f, 1.0f, -1.0f, INF, -INF}) {
                const float got = apply2(chip, TSR_SFPU_ATAN2, y, x);
                EXPECT_NEAR(got, std::atan2(y, x), ulp) << name_of(chip) << " " << y << " " << x;
                EXPECT_EQ(std::signbit(got), std::signbit(y));
            }
        }
        EXPECT_TRUE(std::isnan(apply2(chip, TSR_SFPU_ATAN2, NAN_VALUE, 1.0f)));
        EXPECT_TRUE(std::isnan(apply2(chip, TSR_SFPU_ATAN2, 1.0f, NAN_VALUE)));
    }
}

TEST(FunctionValues, OfTrigonometry) {
    for (Chip chip : CHIPS) {
        EXPECT_EQ(apply(chip, TSR_SFPU_SIN, 0.0f), 0.0f);
        EXPECT_NEAR(apply(chip, TSR_SFPU_COS, 0.0f), 1.0f, 2e-7);
        EXPECT_EQ(apply(chip, TSR_SFPU_TAN, 0.0f), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_ATAN, 0.0f), 0.0f);
        EXPECT_NEAR(apply(chip, TSR_SFPU_ATAN, INF), 1.5707964f, 2e-7);
        EXPECT_NEAR(apply(chip, TSR_SFPU_ATAN, -INF), -1.5707964f, 2e-7);
        // Beyond 32767 half turns the 16-bit conversion saturates.
        EXPECT_GT(std::fabs(apply(chip, TSR_SFPU_SIN, 2e5f)), 1.0f);
        for (uint32_t op : {TSR_SFPU_ASIN, TSR_SFPU_ACOS, TSR_SFPU_ATANH}) {
            EXPECT_TRUE(std::isnan(apply(chip, op, 1.5f)));
            EXPECT_TRUE(std::isnan(apply(chip, op, -1.5f)));
        }
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_ATAN, NAN_VALUE)));
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_ACOSH, 0.5f)));
        EXPECT_EQ(apply(chip, TSR_SFPU_ACOSH, 1.0f), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_ATANH, 1.0f), INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_ATANH, -1.0f), -INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_COSH, 0.0f, {}, D16), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SINH, 0.0f), 0.0f);
    }
}

TEST(FunctionValues, OfSpecialFunctions) {
    for (Chip chip : CHIPS) {
        EXPECT_EQ(apply(chip, TSR_SFPU_ERF, 3.5f), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_ERF, -3.5f), -1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_ERFC, 3.5f), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_ERFC, -3.5f), 2.0f);
        // The constant of the piece next to 0; a zero with a sign is negative.
        EXPECT_EQ(apply(chip, TSR_SFPU_ERF, 0.0f), 0.0000661338118f);
        EXPECT_EQ(apply(chip, TSR_SFPU_ERF, -0.0f), -0.0000661338118f);
        EXPECT_EQ(apply(chip, TSR_SFPU_ERFINV, 1.0f), INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_ERFINV, -1.0f), -INF);
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_ERFINV, 1.5f)));
        EXPECT_EQ(apply(chip, TSR_SFPU_I0, 0.0f), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_I1, 0.0f), 0.0f);
        for (float x : {1.0f, 2.0f}) {
            EXPECT_EQ(apply(chip, TSR_SFPU_LGAMMA, x), 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_LGAMMA_STIRLING, x), 0.0f);
            EXPECT_EQ(apply2(chip, TSR_SFPU_LGAMMA_STIRLING_FLOAT, x, std::log(x)), 0.0f);
        }
        const auto stirling_of = [&](float x) { return apply2(chip, TSR_SFPU_LGAMMA_STIRLING_FLOAT, x, std::log(x)); };
        for (float x = 2.3f; x < 60; x *= 1.13f) {
            EXPECT_NEAR(stirling_of(x), std::lgamma(x), 2e-4 + 1e-6 * std::lgamma(x)) << x;
        }
        // Near 1 a series in the distance, and near 2 the same one.
        for (float d = -0.19f; d < 0.2f; d += 0.03f) {
            EXPECT_NEAR(stirling_of(1 + d), std::lgamma(1 + d), 2e-4) << d;
            EXPECT_NEAR(stirling_of(2 + d), std::lgamma(1 + d), 2e-4) << d;
        }
        // Reflection: the three steps of ln Gamma at -1.3.
        const float x = -1.3f, z = 1 - x, sine = std::fabs(std::sin(3.14159265f * x));
        const float stirling = apply2(chip, TSR_SFPU_LGAMMA_STIRLING_FLOAT, x, std::log(z));
        EXPECT_NEAR(apply3(chip, TSR_SFPU_LGAMMA_ADJUSTED, stirling, std::log(sine), x), std::lgamma(x), 1e-4);
        EXPECT_EQ(apply3(chip, TSR_SFPU_LGAMMA_ADJUSTED, 7.0f, 3.0f, 4.0f), 7.0f);
    }
}

// --- Whole numbers, remainders, conversions --------------------------------------------------------------------------
TEST(FunctionValues, OfRounding) {
    std::mt19937 random(9);
    for (Chip chip : CHIPS) {
        for (int i = 0; i < 4000; i++) {
            const uint32_t exponent = 120 + random() % 34;
            const float x = value((random() & 0x807fffffu) | exponent << 23);
            EXPECT_EQ(apply(chip, TSR_SFPU_TRUNC, x), std::trunc(x)) << x;
            EXPECT_EQ(apply(chip, TSR_SFPU_FLOOR, x), std::floor(x)) << x;
            EXPECT_EQ(apply(chip, TSR_SFPU_CEIL, x), std::ceil(x)) << x;
            EXPECT_EQ(apply(chip, TSR_SFPU_FRAC, x), x - std::trunc(x)) << x;
            EXPECT_EQ(apply(chip, TSR_SFPU_ROUND, x, {word(1.0f), word(1.0f)}), std::nearbyint(x)) << x;
        }
        EXPECT_EQ(word(apply(chip, TSR_SFPU_TRUNC, -0.5f)), word(-0.0f));
        EXPECT_EQ(apply(chip, TSR_SFPU_FLOOR, -0.5f), -1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_CEIL, INF), INF);
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_FRAC, INF)));
        EXPECT_NEAR(apply(chip, TSR_SFPU_ROUND, 2.347f, {word(100.0f), word(0.01f)}), 2.35f, 1e-6);
        EXPECT_EQ(apply(chip, TSR_SFPU_ROUND, 1250.0f, {word(0.01f), word(100.0f)}), 1200.0f);
    }
}

TEST(FunctionValues, OfRemainders) {
    std::mt19937 random(4);
    const auto floor_mod = [](float a, float b) {
        const double r = std::fmod(static_cast<double>(a), static_cast<double>(b));
        return static_cast<float>(r != 0 && (r < 0) != (b < 0) ? r + static_cast<double>(b) : r);
    };
    for (Chip chip : CHIPS) {
        for (int i = 0; i < 4000; i++) {
            // Quarters, so that quotients times divisors are exact.
            const float a = static_cast<float>(static_cast<int>(random() % 4001) - 2000) / 4;
            const float b = static_cast<float>(static_cast<int>(random() % 99) + 2) / 4 * (random() % 2 != 0 ? 1 : -1);
            const SfpuParams scalar{word(b), word(1.0f / b)};
            EXPECT_EQ(apply(chip, TSR_SFPU_FMOD_SCALAR, a, scalar), std::fmod(a, b)) << a << " " << b;
            EXPECT_EQ(apply2(chip, TSR_SFPU_FMOD, a, b), std::fmod(a, b)) << a << " " << b;
            // Where the signs differ, a quotient just beyond the whole number leaves the divisor itself.
            const float remainder = apply2(chip, TSR_SFPU_REMAINDER, a, b);
            const bool whole = std::fmod(a, b) == 0 && (a < 0) != (b < 0);
            EXPECT_EQ(whole && remainder == b ? 0 : remainder, floor_mod(a, b)) << a << " " << b;
            EXPECT_EQ(apply(chip, TSR_SFPU_REMAINDER_SCALAR, a, scalar), floor_mod(a, b)) << a << " " << b;
        }
        for (uint32_t op : {TSR_SFPU_FMOD, TSR_SFPU_REMAINDER}) {
            EXPECT_TRUE(std::isnan(apply2(chip, op, 3.0f, 0.0f)));
        }
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_FMOD_SCALAR, 3.0f, {0, word(INF)})));
        EXPECT_NEAR(apply2(chip, TSR_SFPU_FMOD, 7.3f, 2.0f, {}, D16), 1.3f, 1e-2);
    }
}

TEST(FunctionValues, OfConversions) {
    std::mt19937 random(8);
    for (Chip chip : CHIPS) {
        for (int i = 0; i < 4000; i++) {
            const uint32_t w = random();
            const auto n = static_cast<int32_t>(w >> (random() % 31)) * (random() % 2 != 0 ? 1 : -1);
            EXPECT_EQ(value(apply_bits(chip, TSR_SFPU_INT32_TO_FLOAT, static_cast<uint32_t>(n))),
                      static_cast<float>(n));
            // Above 2^31 the low bits are rounded first and the sum again.
            const float wide =
                w < 0x80000000u ? static_cast<float>(w) : static_cast<float>(w & 0x7fffffffu) + 2147483648.0f;
            EXPECT_EQ(value(apply_bits(chip, TSR_SFPU_UINT32_TO_FLOAT, w)), wide);
            const float x = static_cast<float>(static_cast<int32_t>(w)) / 1024;
            EXPECT_EQ(static_cast<int32_t>(apply_bits(chip, TSR_SFPU_FLOAT_TO_INT32, word(x))),
                      static_cast<int32_t>(x));
            EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_UINT32, word(x)), x < 0 ? 0u : static_cast<uint32_t>(x));
            const float y = x / 16;
            EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_UINT16, word(y)),
                      static_cast<uint32_t>(std::clamp(std::floor(y + 0.5f), 0.0f, 65535.0f)));
        }
        EXPECT_EQ(value(apply_bits(chip, TSR_SFPU_INT32_TO_FLOAT, 0x80000000u)), -2147483648.0f);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_INT32_TO_FLOAT, 0), 0u);
        EXPECT_EQ(value(apply_bits(chip, TSR_SFPU_INT32_TO_BF16, 257)), 258.0f);
        EXPECT_EQ(value(apply_bits(chip, TSR_SFPU_UINT32_TO_BF16, 0xffffffffu)), 4294967296.0f);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_INT32, word(4e9f)), 0x80000000u);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_INT32, word(NAN_VALUE)), 0x80000000u);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_UINT32, word(3e9f)), 3000000000u);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_UINT32, word(INF)), 0xffffffffu);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_UINT16, word(NAN_VALUE)), 65535u);
        // Ties to even, and upwards past them.
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_BF16, 0x3f808000u), 0x3f800000u);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_BF16, 0x3f818000u), 0x3f820000u);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_FLOAT_TO_BF16, 0x3f808001u), 0x3f810000u);
    }
}

// --- Comparisons, arithmetic -----------------------------------------------------------------------------------------
TEST(FunctionValues, OfComparisons) {
    struct Comparison {
        uint32_t zero, scalar, tiles;
        std::function<bool(float, float)> holds;
    };
    const Comparison comparisons[] = {
        {TSR_SFPU_EQZ, TSR_SFPU_EQ_SCALAR, TSR_SFPU_EQ, std::equal_to<float>()},
        {TSR_SFPU_NEZ, TSR_SFPU_NE_SCALAR, TSR_SFPU_NE, std::not_equal_to<float>()},
        {TSR_SFPU_LTZ, TSR_SFPU_LT_SCALAR, TSR_SFPU_LT, std::less<float>()},
        {TSR_SFPU_GTZ, TSR_SFPU_GT_SCALAR, TSR_SFPU_GT, std::greater<float>()},
        {TSR_SFPU_LEZ, TSR_SFPU_LE_SCALAR, TSR_SFPU_LE, std::less_equal<float>()},
        {TSR_SFPU_GEZ, TSR_SFPU_GE_SCALAR, TSR_SFPU_GE, std::greater_equal<float>()},
    };
    const float numbers[] = {0.0f, 1.0f, -1.0f, 1.0000001f, 2.5f, -2.5f, 1e30f, -1e30f, 3e-38f};
    for (Chip chip : CHIPS) {
        for (const Comparison& c : comparisons) {
            for (float a : numbers) {
                EXPECT_EQ(apply(chip, c.zero, a), c.holds(a, 0.0f) ? 1.0f : 0.0f);
                for (float b : numbers) {
                    EXPECT_EQ(apply(chip, c.scalar, a, {word(b)}), c.holds(a, b) ? 1.0f : 0.0f) << a << " " << b;
                    EXPECT_EQ(apply2(chip, c.tiles, a, b), c.holds(a, b) ? 1.0f : 0.0f) << a << " " << b;
                }
            }
            // Two tiles are compared as IEEE has it, except that denormals are zeros.
            for (float a : {INF, -INF, NAN_VALUE, -0.0f, value(3)}) {
                for (float b : {INF, -INF, NAN_VALUE, 0.0f, 5.0f}) {
                    const float x = a == value(3) ? 0.0f : a;
                    EXPECT_EQ(apply2(chip, c.tiles, a, b), c.holds(x, b) ? 1.0f : 0.0f)
                        << sfpu_binary_name(c.tiles) << " " << a << " " << b;
                }
            }
        }
        // With zero the sign bit decides.
        EXPECT_EQ(apply(chip, TSR_SFPU_LTZ, -0.0f), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EQZ, -0.0f), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_GTZ, NAN_VALUE), 1.0f);
        // The difference of two infinities is a NaN, not zero.
        EXPECT_EQ(apply(chip, TSR_SFPU_EQ_SCALAR, INF, {word(INF)}), 0.0f);
    }
    EXPECT_EQ(apply(Chip::Blackhole, TSR_SFPU_GT_SCALAR, NAN_VALUE, {word(INF)}), 1.0f);
}

TEST(FunctionValues, OfSignsAndClasses) {
    for (Chip chip : CHIPS) {
        for (float x : {0.0f, -0.0f, 2.5f, -2.5f, INF, -INF, NAN_VALUE, -NAN_VALUE}) {
            EXPECT_EQ(apply(chip, TSR_SFPU_ISINF, x), std::isinf(x) ? 1.0f : 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_ISPOSINF, x), x == INF ? 1.0f : 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_ISNEGINF, x), x == -INF ? 1.0f : 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_ISNAN, x), std::isnan(x) ? 1.0f : 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_ISFINITE, x), std::isfinite(x) ? 1.0f : 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_SIGNBIT, x), std::signbit(x) ? 1.0f : 0.0f);
            EXPECT_EQ(apply_bits(chip, TSR_SFPU_NEG, word(x)), word(x) ^ 0x80000000u);
        }
        EXPECT_EQ(apply(chip, TSR_SFPU_SIGN, 7.0f), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SIGN, -7.0f), -1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SIGN, 0.0f), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_ABS, -3.0f), 3.0f);
        EXPECT_EQ(apply_bits(chip, TSR_SFPU_ABS, 0xffc00000u), 0xffc00000u);
        EXPECT_EQ(apply(chip, TSR_SFPU_MAX_SCALAR, NAN_VALUE, {word(1.0f)}) > 0, false);
        EXPECT_EQ(word(apply2(chip, TSR_SFPU_MAX, -0.0f, 0.0f)), 0u);
        EXPECT_EQ(apply2(chip, TSR_SFPU_MIN, -3.0f, 4.0f), -3.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_FILL, 1.0f, {word(1.00390625f)}, D16), 1.0f);
    }
}

TEST(FunctionValues, OfArithmetic) {
    // 1 + 2^-8 + 2^-9 lies between the bf16 values 1 and 1 + 2^-7, above the middle.
    const float small = 0x1.8p-8f;
    for (Chip chip : CHIPS) {
        EXPECT_EQ(apply2(chip, TSR_SFPU_ADD, 1.0f, small, {}, D16), 1.0f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_ADD_NEAREST, 1.0f, small, {}, D16), 1.0078125f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_ADD, 1.0f, small), 1.0f + small);
        EXPECT_EQ(apply2(chip, TSR_SFPU_SUB, 5.0f, 3.0f), 2.0f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_RSUB, 5.0f, 3.0f), -2.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_RSUB_SCALAR, 5.0f, {word(3.0f)}), -2.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SUB_SCALAR, 5.0f, {word(3.0f)}), 2.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_MUL_SCALAR, 5.0f, {word(3.0f)}), 15.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SQUARE, -3.0f), 9.0f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_MUL, 0.0f, INF, {}, D16), 0.0f);
        EXPECT_TRUE(std::isnan(apply2(chip, TSR_SFPU_MUL, 0.0f, INF)));
        EXPECT_EQ(apply2(chip, TSR_SFPU_MUL, 1.0f + 0x1p-7f, 1.0f + 0x1p-7f, {}, D16), 1.015625f);
        EXPECT_EQ(apply3(chip, TSR_SFPU_ADDCMUL, 1.0f, 2.0f, 3.0f, {word(0.5f)}), 4.0f);
        EXPECT_NEAR(apply3(chip, TSR_SFPU_ADDCDIV, 1.0f, 2.0f, 4.0f, {word(3.0f)}), 2.5f, 1e-6);
        EXPECT_EQ(apply3(chip, TSR_SFPU_LERP, 1.0f, 5.0f, 0.25f), 2.0f);
        EXPECT_EQ(apply3(chip, TSR_SFPU_WHERE, 1.0f, 2.0f, 3.0f), 2.0f);
        EXPECT_EQ(apply3(chip, TSR_SFPU_WHERE, 0.0f, 2.0f, 3.0f), 3.0f);
        EXPECT_EQ(apply3(chip, TSR_SFPU_WHERE, -0.0f, 2.0f, 3.0f), 2.0f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_MASK, 4.0f, 0.0f), 0.0f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_MASK, 4.0f, 1.0f), 4.0f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_MASK_POSINF, 4.0f, 0.0f), INF);
        EXPECT_NEAR(apply2(chip, TSR_SFPU_XLOGY, 2.0f, 5.0f), 2 * std::log(5.0), 0.02);
        EXPECT_TRUE(std::isnan(apply2(chip, TSR_SFPU_XLOGY, 2.0f, -5.0f)));
        // The product is not rounded before it is added: (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24.
        const float near_one = 1.0f + 0x1p-12f;
        EXPECT_EQ(apply3(chip, TSR_SFPU_ADDCMUL, -(1.0f + 0x1p-11f), near_one, near_one, {word(1.0f)}), 0x1p-24f);
    }
}

TEST(FunctionValues, OfQuantization) {
    std::mt19937 random(6);
    const SfpuParams zero_point{word(3.0f)};
    for (Chip chip : CHIPS) {
        for (int i = 0; i < 2000; i++) {
            const float x = static_cast<float>(static_cast<int>(random() % 8001) - 4000) / 16;
            const auto expected = static_cast<int32_t>(std::clamp(std::round(x * 0.5f + 3.0f), -127.0f, 127.0f));
            EXPECT_EQ(static_cast<int32_t>(apply2_bits(chip, TSR_SFPU_QUANT, word(x), word(0.5f), zero_point)),
                      expected);
            const auto n = static_cast<int32_t>(random() % 4001) - 2000;
            const auto requantized =
                static_cast<int32_t>(std::clamp(std::round(static_cast<float>(n) * 0.125f + 3.0f), -127.0f, 127.0f));
            EXPECT_EQ(static_cast<int32_t>(
                          apply2_bits(chip, TSR_SFPU_REQUANT, static_cast<uint32_t>(n), word(0.125f), zero_point)),
                      requantized);
            EXPECT_EQ(value(apply2_bits(chip, TSR_SFPU_DEQUANT, static_cast<uint32_t>(n), word(0.5f), zero_point)),
                      (static_cast<float>(n) + 3.0f) * 0.5f);
            const auto m = static_cast<int32_t>(random() % 1001) - 500;
            if (m != 0) {
                EXPECT_NEAR(
                    value(apply2_bits(chip, TSR_SFPU_DIV_INT, static_cast<uint32_t>(n), static_cast<uint32_t>(m))),
                    static_cast<double>(n) / m, 3e-7 * std::abs(n));
            }
        }
    }
}

// --- Operations across a tile ----------------------------------------------------------------------------------------
std::vector<uint32_t> random_tile(std::mt19937& random, bool whole) {
    std::vector<uint32_t> tile(1024);
    std::uniform_real_distribution<float> uniform(-2, 2);
    for (uint32_t& w : tile) {
        w = word(whole ? static_cast<float>(static_cast<int>(random() % 41) - 20) : uniform(random));
    }
    return tile;
}

TEST(TileOperations, AgreeWithTheFastModeOnWholeNumbers) {
    std::mt19937 random(2);
    for (Chip chip : CHIPS) {
        const SfpuMath exact = sfpu_math(MathMode::Exact, chip);
        for (SfpuPool pool : {SfpuPool::Sum, SfpuPool::Average}) {
            std::vector<uint32_t> a = random_tile(random, true), b = a;
            sfpu_reduce_columns(a.data(), pool, SfpuNumber::Float, D32);
            sfpu_reduce_columns(b.data(), pool, SfpuNumber::Float, D32, exact);
            EXPECT_EQ(a, b);
        }
        SfpuRegisters fast_registers, exact_registers;
        std::vector<uint32_t> a = random_tile(random, true), b = a;
        sfpu_cumsum(fast_registers, a.data(), true, D32);
        sfpu_cumsum(exact_registers, b.data(), true, D32, exact);
        for (size_t i = 0; i < a.size(); i++) {
            EXPECT_EQ(value(a[i]), value(b[i]));
        }
        sfpu_seed(fast_registers, 5);
        sfpu_seed(exact_registers, 5);
        sfpu_dropout(fast_registers, a.data(), 0x40000000u, 2.0f, D32);
        sfpu_dropout(exact_registers, b.data(), 0x40000000u, 2.0f, D32, exact);
        for (size_t i = 0; i < a.size(); i++) {
            EXPECT_EQ(value(a[i]), value(b[i]));
        }
        sfpu_rand(exact_registers, b.data(), -1.0f, 3.0f, D32, exact);
        EXPECT_TRUE(std::all_of(b.begin(), b.end(), [](uint32_t w) { return value(w) >= -1 && value(w) < 2; }));
    }
}

TEST(TileOperations, RoundAveragesOnce) {
    // alpha e is exact and added to beta x without rounding that product: 1 - (1 + 2^-12)^2 + 2^-11 is -2^-24.
    for (Chip chip : CHIPS) {
        SfpuRegisters registers;
        registers.ema.fill(1.0f + 0x1p-11f);
        registers.ema_alpha = -1.0f;
        registers.ema_beta = 1.0f + 0x1p-12f;
        const std::vector<uint32_t> in(1024, word(1.0f + 0x1p-12f));
        std::vector<uint32_t> out(1024);
        sfpu_ema(registers, in.data(), out.data(), D32, sfpu_math(MathMode::Exact, chip));
        EXPECT_EQ(value(out[tile_position(0, 5)]), 0x1p-24f);
    }
}

TEST(TileOperations, WelfordGivesMeanAndVariance) {
    std::mt19937 random(3);
    for (Chip chip : CHIPS) {
        SfpuRegisters registers;
        const std::vector<uint32_t> in = random_tile(random, false);
        float reciprocals[32];
        for (int i = 0; i < 32; i++) {
            reciprocals[i] = 1.0f / static_cast<float>(i + 1);
        }
        sfpu_welford(registers, in.data(), 0, 32, reciprocals, sfpu_math(MathMode::Exact, chip));
        for (uint32_t c = 0; c < 32; c++) {
            double mean = 0, m2 = 0;
            for (uint32_t r = 0; r < 32; r++) {
                mean += value(in[tile_position(r, c)]) / 32.0;
            }
            for (uint32_t r = 0; r < 32; r++) {
                m2 += std::pow(value(in[tile_position(r, c)]) - mean, 2);
            }
            EXPECT_NEAR(registers.mean[c], mean, 1e-6);
            EXPECT_NEAR(registers.m2[c], m2, 1e-4);
        }
    }
}

TEST(TileOperations, MaximaKeepTheIndexThatTheNetworkKeeps) {
    std::vector<uint32_t> values(1024, word(1.0f)), indices(1024);
    const auto index_of_equal_rows = [&](uint32_t rows, bool row_major) {
        for (uint32_t r = 0; r < 32; r++) {
            for (uint32_t c = 0; c < 32; c++) {
                indices[row_major ? r * 32 + c : tile_position(r, c)] = r;
            }
        }
        std::vector<uint32_t> v = values, i = indices;
        sfpu_max_pool(v.data(), i.data(), rows, row_major, nullptr, nullptr);
        return i[7];
    };
    EXPECT_EQ(index_of_equal_rows(9, false), 0u);
    EXPECT_EQ(index_of_equal_rows(9, true), 0u);
    EXPECT_EQ(index_of_equal_rows(32, true), 24u);
    // Of rows 1 and 4 the even one: it meets the odd ones last and stays where it is.
    values[1 * 32 + 7] = values[4 * 32 + 7] = word(2.0f);
    EXPECT_EQ(index_of_equal_rows(9, true), 4u);
}

// --- Levels ----------------------------------------------------------------------------------------------------------
std::vector<uint32_t> random_words(std::mt19937_64& random, size_t count, SfpuWidth width) {
    std::vector<uint32_t> words(count);
    for (uint32_t& w : words) {
        const uint64_t r = random();
        w = static_cast<uint32_t>(r);
        switch (r >> 61) {
            case 0:
                w |= 0x7f800000u;
                break;
            case 1:
                w &= 0x807fffffu;
                break;
            case 2:
                w &= 0xff800000u;
                break;
            case 3:
            case 4:
            case 5:
                w = (w & 0x807fffffu) | static_cast<uint32_t>(118 + (r >> 40) % 18) << 23;
                break;
            default:
                break;
        }
        w = width == D16 ? w & 0xffff0000u : w;
    }
    return words;
}

TEST(FunctionLevels, GiveTheSameBits) {
    const char* long_run = std::getenv("TESSERA_LONG_TESTS");
    const size_t total = long_run != nullptr && long_run[0] == '1' ? size_t{1} << 19 : size_t{1} << 11;
    std::mt19937_64 random(12);
    const SfpuParams params{word(1.75f), word(1.0f / 1.75f), word(0.5f)};
    for (Chip chip : CHIPS) {
        for (const char* level : {"avx2", "avx512"}) {
            const SfpuTable* other = exact_sfpu_by_name(chip, level);
            if (other == nullptr) {
                continue;
            }
            for (SfpuWidth width : {D32, D16, SfpuWidth::Dst16Half}) {
                const std::vector<uint32_t> a = random_words(random, total, width),
                                            b = random_words(random, total, width),
                                            c = random_words(random, total, width);
                std::vector<uint32_t> expected(total), got(total);
                for (uint32_t op = 0; op < TSR_SFPU_NUM_UNARY; op++) {
                    expected = got = a;
                    table(chip).unary(op, expected.data(), total, params, width);
                    other->unary(op, got.data(), total, params, width);
                    ASSERT_EQ(expected, got) << sfpu_unary_name(op) << " " << level << " " << name_of(chip);
                }
                for (uint32_t op = 0; op < TSR_SFPU_NUM_BINARY; op++) {
                    table(chip).binary(op, a.data(), b.data(), expected.data(), total, params, width);
                    other->binary(op, a.data(), b.data(), got.data(), total, params, width);
                    ASSERT_EQ(expected, got) << sfpu_binary_name(op) << " " << level << " " << name_of(chip);
                }
                for (uint32_t op = 0; op < TSR_SFPU_NUM_TERNARY; op++) {
                    table(chip).ternary(op, a.data(), b.data(), c.data(), expected.data(), total, params, width);
                    other->ternary(op, a.data(), b.data(), c.data(), got.data(), total, params, width);
                    ASSERT_EQ(expected, got) << sfpu_ternary_name(op) << " " << level << " " << name_of(chip);
                }
            }
        }
    }
}

}  // namespace
}  // namespace tessera::tensix
