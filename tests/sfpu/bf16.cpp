// The functions that have a shorter form for a 16-bit DST: every bf16 value there is, against the C library.
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "fast.h"

namespace tessera::tensix {
namespace {

struct Case {
    const char* name;
    uint32_t op;
    double (*exact)(double);
    float p0 = 1.0f;
};

const Case CASES[] = {
    {"exp", TSR_SFPU_EXP, [](double x) { return std::exp(x); }},
    {"exp scaled", TSR_SFPU_EXP, [](double x) { return std::exp(x * 0.25); }, 0.25f},
    {"exp fast", TSR_SFPU_EXP_CLAMPED, [](double x) { return x < -88.5 ? 0.0 : std::exp(x); }},
    {"exp2", TSR_SFPU_EXP2, [](double x) { return std::exp2(x); }},
    {"log", TSR_SFPU_LOG, [](double x) { return std::log(x); }},
    {"log2", TSR_SFPU_LOG_SCALED, [](double x) { return std::log(x) * 1.44269504f; }, 1.44269504f},
    {"tanh", TSR_SFPU_TANH, [](double x) { return std::tanh(x); }},
    {"sigmoid", TSR_SFPU_SIGMOID, [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"silu", TSR_SFPU_SILU, [](double x) { return std::isinf(x) && x < 0 ? 0.0 : x / (1 + std::exp(-x)); }},
    {"gelu", TSR_SFPU_GELU,
     [](double x) { return std::isinf(x) && x < 0 ? 0.0 : 0.5 * x * std::erfc(-x * 0.70710678118654752); }},
    {"recip", TSR_SFPU_RECIP, [](double x) { return 1 / x; }},
    {"sqrt", TSR_SFPU_SQRT, [](double x) { return std::sqrt(x); }},
    {"rsqrt", TSR_SFPU_RSQRT, [](double x) { return 1 / std::sqrt(x); }},
};

constexpr double SMALLEST_NORMAL = 0x1p-126;

/// Whether a bf16 result lies within one unit of its last place of the exact value.
bool within_one_ulp(float result, double exact) {
    if (std::isnan(exact)) {  // a store that rounds turns NaN into infinity
        return std::isnan(result) || std::isinf(result);
    }
    if (std::abs(exact) >= 0x1.ff8p127) {
        return std::isinf(result) ? std::signbit(result) == std::signbit(exact)
                                  : std::abs(exact) < 0x1p128 && std::abs(result) >= 0x1.fep127f;
    }
    if (std::abs(exact) < 0x1p-119) {
        return std::abs(result) <= 0x1p-119f;
    }
    const double ulp = std::ldexp(1.0, std::ilogb(exact) - 7);
    return std::abs(static_cast<double>(result) - exact) <= ulp * 1.01;
}

TEST(Bf16Functions, EveryInputIsWithinOneUlp) {
    std::vector<uint32_t> inputs;
    for (uint32_t high = 0; high < 0x10000; high++) {
        inputs.push_back(high << 16);
    }
    for (const Case& function : CASES) {
        std::vector<uint32_t> results = inputs;
        fast().unary(function.op, results.data(), results.size(), {std::bit_cast<uint32_t>(function.p0)},
                     SfpuWidth::Dst16);
        int failures = 0;
        for (size_t i = 0; i < inputs.size() && failures < 5; i++) {
            double x = std::bit_cast<float>(inputs[i]);
            if (std::abs(x) < SMALLEST_NORMAL) {
                x = std::copysign(0.0, x);
            }
            const float result = std::bit_cast<float>(results[i]);
            EXPECT_EQ(results[i] & 0xffff, 0u) << function.name << "(" << x << ") is not a bf16 value";
            const bool good = within_one_ulp(result, function.exact(x));
            EXPECT_TRUE(good) << function.name << "(" << x << ") = " << result << ", exactly " << function.exact(x);
            failures += !good;
        }
    }
}

TEST(Bf16Functions, ExactResultsAreExact) {
    const struct {
        uint32_t op;
        float x, result;
    } rows[] = {{TSR_SFPU_EXP, 0, 1},       {TSR_SFPU_EXP_CLAMPED, 0, 1}, {TSR_SFPU_EXP2, 7, 128},
                {TSR_SFPU_LOG, 1, 0},       {TSR_SFPU_TANH, 0, 0},        {TSR_SFPU_TANH, -30, -1},
                {TSR_SFPU_SIGMOID, 0, 0.5}, {TSR_SFPU_SIGMOID, 40, 1},    {TSR_SFPU_SILU, 100, 100},
                {TSR_SFPU_GELU, 0, 0},      {TSR_SFPU_GELU, 9, 9},        {TSR_SFPU_RECIP, 4, 0.25},
                {TSR_SFPU_RECIP, -1, -1},   {TSR_SFPU_SQRT, 9, 3},        {TSR_SFPU_SQRT, 0, 0},
                {TSR_SFPU_RSQRT, 16, 0.25}};
    for (const auto& row : rows) {
        std::vector<uint32_t> data(16, std::bit_cast<uint32_t>(row.x));
        fast().unary(row.op, data.data(), data.size(), {0x3f800000}, SfpuWidth::Dst16);
        EXPECT_EQ(std::bit_cast<float>(data[0]), row.result) << sfpu_unary_name(row.op) << " of " << row.x;
    }
}

}  // namespace
}  // namespace tessera::tensix
