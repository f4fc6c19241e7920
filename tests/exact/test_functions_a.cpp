// The exact vector-unit functions of the exponential, logarithm, root and activation families: against the C library in
// long double, within what the chip's kernels claim or their algorithm allows; known special values; and the same bits
// at every instruction-set level.
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <ostream>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <tensix/arithmetic.h>
#include <tensix/sfpu.h>

namespace tessera::tensix {
namespace {

constexpr float INF = std::numeric_limits<float>::infinity();
constexpr float NAN_VALUE = std::numeric_limits<float>::quiet_NaN();
constexpr Chip CHIPS[] = {Chip::Wormhole, Chip::Blackhole};
constexpr SfpuWidth D32 = SfpuWidth::Dst32, D16 = SfpuWidth::Dst16;

uint32_t word(float x) {
    return std::bit_cast<uint32_t>(x);
}
float value(uint32_t x) {
    return std::bit_cast<float>(x);
}
const SfpuTable& table(Chip chip) {
    return *exact_sfpu_by_name(chip, "portable");
}
float bf16(float x) {
    return value(word(x) & 0xffff0000u);
}

enum class Measure {
    Ulp,       // units in the last place of fp32
    Bf16Ulp,   // of bf16
    Relative,  // |error| / |exact|
    Absolute,
};

double error_of(Measure measure, float result, long double exact) {
    if (std::isnan(result) || std::isinf(result)) {
        return 1e30;
    }
    const long double difference = std::fabs(static_cast<long double>(result) - exact);
    const int exponent = exact == 0 ? -126 : std::max(std::ilogb(std::fabs(exact)), -126);
    switch (measure) {
        case Measure::Ulp:
            return static_cast<double>(std::ldexp(difference, 23 - exponent));
        case Measure::Bf16Ulp:
            return static_cast<double>(std::ldexp(difference, 7 - exponent));
        case Measure::Relative:
            return static_cast<double>(exact == 0 ? difference : difference / std::fabs(exact));
        case Measure::Absolute:
            return static_cast<double>(difference);
    }
    return 1e30;
}

using Reference = long double (*)(long double);

struct Case {
    const char* name;
    uint32_t op;
    SfpuWidth width;
    Reference exact;
    float low, high;
    Measure measure;
    double limit[2];  // Wormhole, Blackhole
    SfpuParams params = {};
};

long double sigmoid(long double x) {
    return 1 / (1 + std::exp(-x));
}
long double gelu(long double x) {
    return 0.5L * x * std::erfc(-x / std::sqrt(2.0L));
}
long double softplus(long double x) {
    return std::log1p(std::exp(x));
}
long double reciprocal(long double x) {
    return 1 / x;
}
long double rsqrt(long double x) {
    return 1 / std::sqrt(x);
}
long double expm1_l(long double x) {
    return std::expm1(x);
}

constexpr uint32_t APPROX = TSR_SFPU_APPROX, LEGACY = TSR_SFPU_LEGACY, UNCHECKED = TSR_SFPU_UNCHECKED;
constexpr uint32_t ONE = 0x3f800000, HALF = 0x3f000000, TWO = 0x40000000;

// Limits: what the published kernels say of themselves ("within 1 ulp", a number of bits), or else the error of the
// algorithm itself: its polynomial, its lines. 16-bit DST adds the rounding or truncation to bf16.
const Case CASES[] = {
    {"exp", TSR_SFPU_EXP, D16, std::exp, -85, 88, Measure::Bf16Ulp, {1, 1}, {ONE}},
    {"exp", TSR_SFPU_EXP, D32, std::exp, -86, 88.7f, Measure::Ulp, {1.5, 1.5}, {ONE}},
    {"exp scaled",
     TSR_SFPU_EXP,
     D32,
     [](long double x) { return std::exp(x / 2); },
     -100,
     100,
     Measure::Ulp,
     {1.5, 1.5},
     {HALF, TSR_SFPU_SCALED}},
    // Its fixed-point format ends at 64 ln 2.
    {"exp approximate", TSR_SFPU_EXP, D32, std::exp, -41, 44, Measure::Relative, {0.063, 0.063}, {ONE, APPROX}},
    {"exp fast", TSR_SFPU_EXP_CLAMPED, D32, std::exp, -86, 88, Measure::Relative, {0.04, 0.04}, {ONE, APPROX}},
    {"exp fast scaled",
     TSR_SFPU_EXP_CLAMPED,
     D32,
     [](long double x) { return std::exp(x / 2); },
     -170,
     170,
     Measure::Relative,
     {0.04, 0.04},
     {HALF, APPROX}},
    {"exp2", TSR_SFPU_EXP2, D16, std::exp2, -120, 127, Measure::Bf16Ulp, {1, 1}},
    {"exp2", TSR_SFPU_EXP2, D32, std::exp2, -8, 8, Measure::Ulp, {6, 6}},
    {"expm1", TSR_SFPU_EXPM1, D16, expm1_l, -20, 80, Measure::Bf16Ulp, {1.2, 1.2}},
    {"expm1", TSR_SFPU_EXPM1, D32, expm1_l, -20, 88, Measure::Ulp, {2.5, 2.5}},
    {"log", TSR_SFPU_LOG, D16, std::log, 1.5f, 1e30f, Measure::Bf16Ulp, {0.6, 0.6}},
    {"log near one", TSR_SFPU_LOG, D16, std::log, 0.5f, 1.5f, Measure::Absolute, {2e-3, 2e-3}},
    {"log", TSR_SFPU_LOG, D32, std::log, 1e-30f, 1e30f, Measure::Ulp, {3, 3}},
    {"log near one", TSR_SFPU_LOG, D32, std::log, 0.5f, 2, Measure::Ulp, {5, 5}},
    {"log2", TSR_SFPU_LOG_SCALED, D32, std::log2, 2, 1e30f, Measure::Ulp, {3, 3}, {0x3fb8aa3b}},
    {"log1p", TSR_SFPU_LOG1P, D16, std::log1p, -0.9f, 100, Measure::Absolute, {0.02, 0.02}},
    {"log1p", TSR_SFPU_LOG1P, D32, std::log1p, -0.9f, 100, Measure::Ulp, {5, 5}},
    {"tanh", TSR_SFPU_TANH, D16, std::tanh, -10, 10, Measure::Bf16Ulp, {1.1, 1.1}},
    {"tanh", TSR_SFPU_TANH, D32, std::tanh, -8, 8, Measure::Ulp, {5, 5}},
    {"tanh approximate", TSR_SFPU_TANH, D32, std::tanh, -8, 8, Measure::Absolute, {0.15, 0.15}, {APPROX}},
    {"sigmoid", TSR_SFPU_SIGMOID, D16, sigmoid, -80, 80, Measure::Bf16Ulp, {1.2, 1.2}},
    {"sigmoid", TSR_SFPU_SIGMOID, D32, sigmoid, -80, 80, Measure::Ulp, {3, 3}},
    {"sigmoid approximate", TSR_SFPU_SIGMOID, D32, sigmoid, -10, 10, Measure::Absolute, {0.13, 0.13}, {APPROX}},
    {"silu", TSR_SFPU_SILU, D16, [](long double x) { return x * sigmoid(x); }, -80, 80, Measure::Bf16Ulp, {1.3, 1.3}},
    {"silu", TSR_SFPU_SILU, D32, [](long double x) { return x * sigmoid(x); }, -80, 80, Measure::Ulp, {4, 4}},
    {"gelu", TSR_SFPU_GELU, D32, gelu, -6, 6, Measure::Absolute, {4.1e-3, 4.1e-3}},
    {"gelu approximate", TSR_SFPU_GELU, D32, gelu, -6, 6, Measure::Absolute, {0.025, 0.025}, {APPROX}},
    {"recip", TSR_SFPU_RECIP, D32, reciprocal, 1e-30f, 1e30f, Measure::Ulp, {1, 1}},
    {"recip negative", TSR_SFPU_RECIP, D32, reciprocal, -1e30f, -1e-30f, Measure::Ulp, {1, 1}},
    {"recip", TSR_SFPU_RECIP, D16, reciprocal, 1e-30f, 1e30f, Measure::Bf16Ulp, {0.52, 0.51}},
    {"recip approximate", TSR_SFPU_RECIP, D32, reciprocal, 0.1f, 10, Measure::Relative, {1.1e-4, 0.0078}, {APPROX}},
    {"recip legacy", TSR_SFPU_RECIP, D32, reciprocal, 1e-30f, 1e30f, Measure::Relative, {2e-3, 2e-3}, {LEGACY}},
    {"recip legacy", TSR_SFPU_RECIP, D16, reciprocal, 1e-30f, 1e30f, Measure::Bf16Ulp, {0.6, 0.6}, {LEGACY}},
    {"recip legacy approximate",
     TSR_SFPU_RECIP,
     D32,
     reciprocal,
     0.1f,
     10,
     Measure::Relative,
     {0.04, 0.04},
     {LEGACY | APPROX}},
    {"sqrt", TSR_SFPU_SQRT, D32, std::sqrt, 1e-30f, 1e30f, Measure::Ulp, {1.5, 1.5}},
    {"sqrt", TSR_SFPU_SQRT, D16, std::sqrt, 1e-30f, 1e30f, Measure::Bf16Ulp, {0.51, 0.51}},
    {"sqrt approximate", TSR_SFPU_SQRT, D32, std::sqrt, 1e-30f, 1e30f, Measure::Relative, {1e-3, 1e-3}, {APPROX}},
    {"rsqrt", TSR_SFPU_RSQRT, D32, rsqrt, 1e-30f, 1e30f, Measure::Ulp, {2, 2}},
    {"rsqrt", TSR_SFPU_RSQRT, D16, rsqrt, 1e-30f, 1e30f, Measure::Bf16Ulp, {0.51, 0.51}},
    {"rsqrt approximate", TSR_SFPU_RSQRT, D32, rsqrt, 1e-30f, 1e30f, Measure::Relative, {1e-3, 1e-3}, {APPROX}},
    {"rsqrt legacy", TSR_SFPU_RSQRT, D32, rsqrt, 1e-20f, 1e20f, Measure::Relative, {2e-3, 2e-3}, {LEGACY}},
    {"cbrt", TSR_SFPU_CBRT, D32, std::cbrt, -1e20f, 1e20f, Measure::Ulp, {3, 3}},
    {"cbrt", TSR_SFPU_CBRT, D16, std::cbrt, -1e20f, 1e20f, Measure::Bf16Ulp, {0.7, 0.7}},
    {"power",
     TSR_SFPU_POWER,
     D16,
     [](long double x) { return x * x; },
     0.01f,
     100,
     Measure::Bf16Ulp,
     {1.5, 1.5},
     {TWO}},
    {"power of negative",
     TSR_SFPU_POWER,
     D16,
     [](long double x) { return x * x * x; },
     -50,
     -0.01f,
     Measure::Bf16Ulp,
     {2, 2},
     {word(3.0f)}},
    {"power iterative",
     TSR_SFPU_POWER_ITERATIVE,
     D32,
     [](long double x) { return x * x * x * x * x; },
     -50,
     50,
     Measure::Ulp,
     {3, 3},
     {5}},
    {"rpow",
     TSR_SFPU_RPOW,
     D32,
     [](long double x) { return std::exp2(x); },
     -20,
     20,
     Measure::Relative,
     {3e-4, 3e-4},
     {TWO}},
    {"rdiv", TSR_SFPU_RDIV, D32, [](long double x) { return 2 / x; }, 1e-30f, 1e30f, Measure::Ulp, {1.5, 1.5}, {TWO}},
    {"softplus", TSR_SFPU_SOFTPLUS, D32, softplus, -10, 19, Measure::Absolute, {0.02, 0.02}, {ONE, ONE, word(20.0f)}},
    {"elu",
     TSR_SFPU_ELU,
     D16,
     [](long double x) { return x < 0 ? 2 * std::expm1(x) : x; },
     -10,
     10,
     Measure::Absolute,
     {0.01, 0.01},
     {TWO}},
    {"celu",
     TSR_SFPU_CELU,
     D16,
     [](long double x) { return x < 0 ? 2 * std::expm1(x / 2) : x; },
     -10,
     10,
     Measure::Absolute,
     {0.01, 0.01},
     {TWO, HALF}},
    {"selu",
     TSR_SFPU_SELU,
     D32,
     [](long double x) { return 1.0507009873L * (x < 0 ? 1.6732632423L * std::expm1(x) : x); },
     -10,
     10,
     Measure::Absolute,
     {5e-3, 5e-3},
     {word(1.0507009873f), word(1.6732632423f)}},
    {"softsign",
     TSR_SFPU_SOFTSIGN,
     D32,
     [](long double x) { return x / (1 + std::fabs(x)); },
     -50,
     50,
     Measure::Ulp,
     {2.5, 2.5}},
    {"softshrink",
     TSR_SFPU_SOFTSHRINK,
     D32,
     [](long double x) { return x > 0.5L    ? x - 0.5L
                                : x < -0.5L ? x + 0.5L
                                            : 0.0L; },
     -5,
     5,
     Measure::Ulp,
     {0.51, 0.51},
     {HALF}},
    {"hardsigmoid",
     TSR_SFPU_HARDSIGMOID,
     D32,
     [](long double x) { return std::min(std::max(x / 6 + 0.5L, 0.0L), 1.0L); },
     -10,
     10,
     Measure::Absolute,
     {2e-7, 2e-7}},
    {"hardmish",
     TSR_SFPU_HARDMISH,
     D32,
     [](long double x) { return x * std::min(std::max(x + 2.8L, 0.0L), 5.0L) / 5; },
     -10,
     10,
     Measure::Absolute,
     {2e-6, 2e-6}},
    {"leaky relu",
     TSR_SFPU_LEAKY_RELU,
     D32,
     [](long double x) { return x < 0 ? x / 2 : x; },
     -10,
     10,
     Measure::Ulp,
     {0, 0},
     {HALF}},
    {"relu max",
     TSR_SFPU_RELU_MAX,
     D32,
     [](long double x) { return std::min(std::max(x, 0.0L), 2.0L); },
     -10,
     10,
     Measure::Ulp,
     {0, 0},
     {TWO}},
    {"relu min",
     TSR_SFPU_RELU_MIN,
     D32,
     [](long double x) { return std::max(x, 0.5L); },
     -10,
     10,
     Measure::Ulp,
     {0, 0},
     {HALF}},
    {"threshold",
     TSR_SFPU_THRESHOLD,
     D32,
     [](long double x) { return x > 0.5L ? x : 2.0L; },
     -10,
     10,
     Measure::Ulp,
     {0, 0},
     {HALF, TWO}},
    {"clamp",
     TSR_SFPU_CLAMP,
     D32,
     [](long double x) { return std::min(std::max(x, 0.5L), 2.0L); },
     -10,
     10,
     Measure::Ulp,
     {0, 0},
     {HALF, TWO}},
    {"heaviside",
     TSR_SFPU_HEAVISIDE,
     D32,
     [](long double x) { return x > 0   ? 1.0L
                                : x < 0 ? 0.0L
                                        : 0.5L; },
     -10,
     10,
     Measure::Ulp,
     {0, 0},
     {HALF}},
    {"xielu",
     TSR_SFPU_XIELU,
     D32,
     [](long double x) {
         return x > 0 ? 0.5L * x * x + x / 2 : 2 * (x > -1e-4L ? x * x / 2 : std::expm1(x) - x) + x / 2;
     },
     -10,
     10,
     Measure::Absolute,
     {4e-6, 4e-6},
     {HALF, TWO}},
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.name << (c.width == D16 ? " into 16 bits" : "");
}

/// Values of [low, high], evenly in themselves and, where the range spans magnitudes, in their exponents.
std::vector<float> samples(float low, float high, SfpuWidth width) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> uniform(low, high);
    const double top = std::max(std::fabs(low), std::fabs(high));
    std::vector<float> values;
    while (values.size() < 8192) {
        float x = static_cast<float>(uniform(random));
        if (values.size() % 2 != 0) {
            const double small = low > 0 ? low : high < 0 ? -high : top * 1e-6;
            x = static_cast<float>(small * std::pow(top / small, std::uniform_real_distribution<double>(0, 1)(random)));
            x = low < 0 && (high <= 0 || random() % 2 != 0) ? -x : x;
        }
        x = width == D16 ? bf16(x) : x;
        if (x >= low && x <= high) {
            values.push_back(x);
        }
    }
    return values;
}

class Accuracy : public testing::TestWithParam<Case> {};

TEST_P(Accuracy, LiesWithinWhatTheAlgorithmAllows) {
    const Case& c = GetParam();
    const std::vector<float> in = samples(c.low, c.high, c.width);
    for (Chip chip : CHIPS) {
        std::vector<uint32_t> data(in.size());
        std::memcpy(data.data(), in.data(), in.size() * 4);
        table(chip).unary(c.op, data.data(), data.size(), c.params, c.width);
        double worst = 0;
        float at = 0, got = 0;
        for (size_t i = 0; i < in.size(); i++) {
            const double e = error_of(c.measure, value(data[i]), c.exact(in[i]));
            if (!(e <= worst)) {
                worst = e;
                at = in[i];
                got = value(data[i]);
            }
        }
        EXPECT_LE(worst, c.limit[static_cast<int>(chip)])
            << (chip == Chip::Wormhole ? "Wormhole" : "Blackhole") << " at " << at << ": " << got << ", exactly "
            << static_cast<double>(c.exact(at));
        if (std::getenv("TESSERA_SHOW_ERRORS") != nullptr) {
            std::printf("%-26s %d chip %d: %.4g (limit %.4g) at %g\n", c.name, c.width == D16 ? 16 : 32,
                        static_cast<int>(chip), worst, c.limit[static_cast<int>(chip)], static_cast<double>(at));
        }
    }
}
INSTANTIATE_TEST_SUITE_P(Functions, Accuracy, testing::ValuesIn(CASES));

float apply(Chip chip, uint32_t op, float x, SfpuWidth width, SfpuParams params = {}) {
    uint32_t data[16] = {};
    data[0] = word(x);
    table(chip).unary(op, data, 16, params, width);
    return value(data[0]);
}
float apply2(Chip chip, uint32_t op, float a, float b, SfpuWidth width) {
    uint32_t lhs[16] = {}, rhs[16] = {}, out[16];
    lhs[0] = word(a);
    rhs[0] = word(b);
    table(chip).binary(op, lhs, rhs, out, 16, {}, width);
    return value(out[0]);
}

TEST(SpecialValues, OfExponentials) {
    for (Chip chip : CHIPS) {
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, 0.0f, D32, {ONE}), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, 0.0f, D16, {ONE}), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, INF, D32, {ONE}), INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, -INF, D32, {ONE}), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, 90.0f, D32, {ONE}), INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, -90.0f, D32, {ONE}), 0.0f);
        // Above 88.7 the short algorithm makes a NaN, which the rounding to bf16 turns into infinity.
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, 90.0f, D16, {ONE}), INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, -90.0f, D16, {ONE}), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP_CLAMPED, -1000.0f, D16, {ONE, APPROX}), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP_CLAMPED, -1000.0f, D32, {HALF, APPROX}), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, 89.0f, D32, {ONE, APPROX}), INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXP, -42.5f, D32, {ONE, APPROX}), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXPM1, 0.0f, D32), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_EXPM1, -100.0f, D16), -1.0f);
    }
}

TEST(SpecialValues, OfExponentialsByHand) {
    // Schraudolph's line by hand: 369.3299... x + 32500.818... rounded to a whole number, 15 bits to the left.
    for (Chip chip : CHIPS) {
        EXPECT_EQ(word(apply(chip, TSR_SFPU_EXP_CLAMPED, 0.0f, D32, {ONE, APPROX})), 32501u << 15);
        EXPECT_EQ(word(apply(chip, TSR_SFPU_EXP_CLAMPED, 1.0f, D32, {ONE, APPROX})), 32870u << 15);
        EXPECT_EQ(word(apply(chip, TSR_SFPU_EXP_CLAMPED, -2.0f, D32, {ONE, APPROX})), 31762u << 15);
        // The fixed-point form: 192 + x / ln 2 has 16 fraction bits; 127 in the exponent for 0.
        EXPECT_EQ(word(apply(chip, TSR_SFPU_EXP, 0.0f, D32, {ONE, APPROX})), ONE);
        // The lines of tanh: 0.90625 x below 1, 1 from 2 on.
        EXPECT_EQ(apply(chip, TSR_SFPU_TANH, 0.5f, D32, {APPROX}), 0.453125f);
        EXPECT_EQ(apply(chip, TSR_SFPU_TANH, -1.5f, D32, {APPROX}), -0.953125f);
        EXPECT_EQ(apply(chip, TSR_SFPU_TANH, -7.0f, D32, {APPROX}), -1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SIGMOID, 0.0f, D32, {APPROX}), 0.5f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SIGMOID, 3.0f, D32, {APPROX}), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SIGMOID, -3.0f, D32, {APPROX}), 0.0f);
        // Beyond 3 the line of GELU is |x| / 2.
        EXPECT_EQ(apply(chip, TSR_SFPU_GELU, 4.0f, D32, {APPROX}), 4.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_GELU, -4.0f, D32, {APPROX}), 0.0f);
    }
    // The legacy reciprocal of 1: the guess c (2 - c/2), c = 1.442695, improved twice.
    for (Chip chip : CHIPS) {
        const double c = 1.442695, guess = c * (2 - c / 2);
        const double once = guess * (2 - guess / 2), twice = once * (2 - once / 2);
        EXPECT_NEAR(apply(chip, TSR_SFPU_RECIP, 1.0f, D32, {LEGACY}), twice / 2, 1e-7);
        EXPECT_NEAR(apply(chip, TSR_SFPU_RECIP, 1.0f, D32, {LEGACY | APPROX}), once / 2, 1e-7);
    }
}

TEST(SpecialValues, OfLogarithms) {
    for (Chip chip : CHIPS) {
        for (SfpuWidth width : {D32, D16}) {
            EXPECT_EQ(apply(chip, TSR_SFPU_LOG, 0.0f, width), -INF);
            EXPECT_EQ(apply(chip, TSR_SFPU_LOG, INF, width), INF);
            EXPECT_EQ(apply(chip, TSR_SFPU_LOG1P, INF, width), INF);
        }
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_LOG, -1.0f, D32)));
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_LOG, NAN_VALUE, D32)));
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_LOG1P, -2.0f, D32)));
        EXPECT_EQ(apply(chip, TSR_SFPU_LOG1P, -1.0f, D32), -INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_LOG, 1.0f, D32), 0.0f);
        // A NaN that is rounded to bf16 is infinity; unchecked, a negative number counts as its magnitude.
        EXPECT_EQ(apply(chip, TSR_SFPU_LOG, -4.0f, D16), INF);
        EXPECT_NEAR(apply(chip, TSR_SFPU_LOG, 4.0f, D16, {UNCHECKED}), 1.386, 0.01);
    }
}

TEST(SpecialValues, OfRootsAndQuotients) {
    for (Chip chip : CHIPS) {
        for (SfpuWidth width : {D32, D16}) {
            EXPECT_EQ(apply(chip, TSR_SFPU_RECIP, 0.0f, width), INF);
            EXPECT_EQ(apply(chip, TSR_SFPU_RECIP, -0.0f, width), -INF);
            EXPECT_EQ(apply(chip, TSR_SFPU_RECIP, INF, width), 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_RECIP, 1.0f, width), 1.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_RECIP, -4.0f, width), -0.25f);
            EXPECT_EQ(apply(chip, TSR_SFPU_SQRT, 0.0f, width), 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_SQRT, INF, width), INF);
            EXPECT_EQ(apply(chip, TSR_SFPU_SQRT, 4.0f, width), 2.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_RSQRT, 0.0f, width), INF);
            EXPECT_EQ(apply(chip, TSR_SFPU_RSQRT, INF, width), 0.0f);
            EXPECT_EQ(apply(chip, TSR_SFPU_RSQRT, 0.25f, width), 2.0f);
            EXPECT_NEAR(apply(chip, TSR_SFPU_CBRT, -27.0f, width), -3.0f, 1e-6);
            EXPECT_EQ(apply2(chip, TSR_SFPU_DIV, 6.0f, 3.0f, width), 2.0f);
            EXPECT_EQ(apply2(chip, TSR_SFPU_DIV, 7.3f, 7.3f, width), 1.0f);
            EXPECT_EQ(apply2(chip, TSR_SFPU_DIV, -1.0f, 0.0f, width), -INF);
            EXPECT_EQ(apply2(chip, TSR_SFPU_DIV_NO_NAN, 5.0f, 0.0f, width), 0.0f);
        }
        EXPECT_TRUE(std::isnan(apply2(chip, TSR_SFPU_DIV, 0.0f, 0.0f, D32)));
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_SQRT, -1.0f, D32)));
        EXPECT_TRUE(std::isnan(apply(chip, TSR_SFPU_RSQRT, -1.0f, D32)));
        EXPECT_EQ(apply(chip, TSR_SFPU_SQRT, -1.0f, D16), INF);
        EXPECT_EQ(apply(chip, TSR_SFPU_RDIV_TRUNC, 3.0f, D32, {word(-7.0f)}), -2.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_RDIV_FLOOR, 3.0f, D32, {word(-7.0f)}), -3.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_RDIV_FLOOR, 3.0f, D32, {word(7.0f)}), 2.0f);
    }
}

TEST(SpecialValues, OfPowers) {
    for (Chip chip : CHIPS) {
        EXPECT_TRUE(std::isnan(apply2(chip, TSR_SFPU_POW, 0.0f, -1.5f, D32)));
        EXPECT_TRUE(std::isnan(apply2(chip, TSR_SFPU_POW, -2.0f, 0.5f, D32)));
        EXPECT_NEAR(apply2(chip, TSR_SFPU_POW, -2.0f, 3.0f, D32), -8.0, 1e-3);
        EXPECT_NEAR(apply2(chip, TSR_SFPU_POW, -2.0f, 2.0f, D32), 4.0, 1e-3);
        EXPECT_EQ(apply2(chip, TSR_SFPU_POW, 9.0f, 2.0f, D16), 81.0f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_POW, 0.0f, 3.0f, D16), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_POWER, 9.0f, D32, {TWO}), 81.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_POWER_ITERATIVE, 3.0f, D32, {0}), 1.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_POWER_ITERATIVE, -3.0f, D32, {5}), -243.0f);
    }
}

TEST(SpecialValues, OfActivations) {
    for (Chip chip : CHIPS) {
        // Lanes that are not stored keep a denormal, which a store would flush.
        EXPECT_EQ(word(apply(chip, TSR_SFPU_ELU, value(5), D32, {ONE})), 5u);
        EXPECT_EQ(word(apply(chip, TSR_SFPU_CELU, value(5), D32, {ONE, ONE})), 5u);
        EXPECT_EQ(apply(chip, TSR_SFPU_SOFTPLUS, 30.0f, D32, {ONE, ONE, word(20.0f)}), 30.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_GELU, 0.0f, D32), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_GELU, 5.0f, D32), 5.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_GELU, -7.0f, D32), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SIGMOID, 0.0f, D16), 0.5f);
        EXPECT_EQ(apply(chip, TSR_SFPU_SILU, 0.0f, D16), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_HEAVISIDE, 0.0f, D32, {HALF}), 0.5f);
        // The chip compares the bits, so that -0 is below zero.
        EXPECT_EQ(apply(chip, TSR_SFPU_HEAVISIDE, -0.0f, D32, {HALF}), 0.0f);
        EXPECT_EQ(apply(chip, TSR_SFPU_CLAMP, NAN_VALUE, D32, {word(-1.0f), ONE}), 1.0f);
        EXPECT_EQ(apply2(chip, TSR_SFPU_LOGSIGMOID, 10.0f, value(0x383e6bce), D32), -value(0x383e6bce));
        EXPECT_EQ(apply2(chip, TSR_SFPU_LOGSIGMOID, -10.0f, 22026.0f, D32), -10.0f);
        EXPECT_NEAR(apply2(chip, TSR_SFPU_LOGSIGMOID, 1.0f, 0.367879f, D32), -0.3132617, 2e-3);
    }
}

/// Random words: any bits, numbers of ordinary size, specials.
std::vector<uint32_t> random_words(std::mt19937_64& random, size_t count, SfpuWidth width) {
    std::vector<uint32_t> words(count);
    for (uint32_t& w : words) {
        w = static_cast<uint32_t>(random());
        switch (random() % 8) {
            case 0:
                w = (w & 0x80ffffffu) | (static_cast<uint32_t>(random() % 2) << 30);
                break;
            case 1:
                w &= 0x807fffffu;
                break;
            case 2:
                w |= 0x7f800000u;
                break;
            case 3:
            case 4:
                w = (w & 0x807fffffu) | (static_cast<uint32_t>(120 + random() % 14) << 23);
                break;
            case 5:
                w &= 0xff800000u;
                break;
            default:
                break;
        }
        w = width == D16 ? w & 0xffff0000u : w;
    }
    return words;
}

TEST(Levels, GiveTheSameBits) {
    const char* long_run = std::getenv("TESSERA_LONG_TESTS");
    const size_t total = long_run != nullptr && long_run[0] == '1' ? size_t{1} << 20 : size_t{1} << 13;
    std::mt19937_64 random(11);
    for (Chip chip : CHIPS) {
        for (const char* level : {"avx2", "avx512"}) {
            const SfpuTable* other = exact_sfpu_by_name(chip, level);
            if (other == nullptr) {
                continue;
            }
            for (const Case& c : CASES) {
                for (SfpuWidth width : {D32, D16}) {
                    const std::vector<uint32_t> in = random_words(random, total, width);
                    std::vector<uint32_t> expected = in, got = in;
                    table(chip).unary(c.op, expected.data(), expected.size(), c.params, width);
                    other->unary(c.op, got.data(), got.size(), c.params, width);
                    for (size_t i = 0; i < in.size(); i++) {
                        ASSERT_EQ(got[i], expected[i]) << c << " " << level << " of " << std::hex << in[i];
                    }
                }
            }
            for (uint32_t op : {TSR_SFPU_DIV, TSR_SFPU_DIV_NO_NAN, TSR_SFPU_POW, TSR_SFPU_LOGSIGMOID}) {
                for (SfpuWidth width : {D32, D16}) {
                    const std::vector<uint32_t> a = random_words(random, total, width);
                    const std::vector<uint32_t> b = random_words(random, total, width);
                    std::vector<uint32_t> expected(total), got(total);
                    table(chip).binary(op, a.data(), b.data(), expected.data(), total, {}, width);
                    other->binary(op, a.data(), b.data(), got.data(), total, {}, width);
                    for (size_t i = 0; i < total; i++) {
                        ASSERT_EQ(got[i], expected[i])
                            << sfpu_binary_name(op) << " " << level << " of " << std::hex << a[i] << ", " << b[i];
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace tessera::tensix
