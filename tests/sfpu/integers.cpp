// Integer operations, conversions, comparisons and narrowing, each against the same operation on single numbers.
#include <bit>
#include <climits>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "fast.h"

namespace tessera::tensix {
namespace {

uint32_t bits(float x) {
    return std::bit_cast<uint32_t>(x);
}

uint32_t one(uint32_t op, uint32_t x, SfpuParams params = {}, SfpuWidth width = SfpuWidth::Dst32) {
    std::vector<uint32_t> data(16, x);
    fast().unary(op, data.data(), data.size(), params, width);
    return data[7];
}

uint32_t two(uint32_t op, uint32_t x, uint32_t y, SfpuWidth width = SfpuWidth::Dst32) {
    std::vector<uint32_t> a(16, x), b(16, y), out(16);
    fast().binary(op, a.data(), b.data(), out.data(), out.size(), {bits(3.0f)}, width);
    return out[3];
}

std::vector<int32_t> numbers() {
    std::vector<int32_t> values = {0, 1, -1, 2, -2, 31, 32, 33, 65535, 65536, 1 << 24, INT_MAX, INT_MIN, INT_MIN + 1};
    std::mt19937 random(1);
    for (int i = 0; i < 40; i++) {
        values.push_back(static_cast<int32_t>(random()) >> (random() % 31));
    }
    return values;
}

struct BinaryCase {
    const char* name;
    uint32_t op;
    int64_t (*exact)(int64_t, int64_t);
};

const BinaryCase INTEGER_CASES[] = {
    {"add", TSR_SFPU_ADD_INT, [](int64_t a, int64_t b) { return a + b; }},
    {"sub", TSR_SFPU_SUB_INT, [](int64_t a, int64_t b) { return a - b; }},
    {"rsub", TSR_SFPU_RSUB_INT, [](int64_t a, int64_t b) { return b - a; }},
    {"mul", TSR_SFPU_MUL_INT, [](int64_t a, int64_t b) { return a * b; }},
    {"add_uint16", TSR_SFPU_ADD_UINT16, [](int64_t a, int64_t b) { return (a + b) & 0xffff; }},
    {"max", TSR_SFPU_MAX_INT, [](int64_t a, int64_t b) { return a > b ? a : b; }},
    {"min", TSR_SFPU_MIN_INT, [](int64_t a, int64_t b) { return a < b ? a : b; }},
    {"max_uint", TSR_SFPU_MAX_UINT,
     [](int64_t a, int64_t b) { return static_cast<uint32_t>(a) > static_cast<uint32_t>(b) ? a : b; }},
    {"and", TSR_SFPU_AND, [](int64_t a, int64_t b) { return a & b; }},
    {"or", TSR_SFPU_OR, [](int64_t a, int64_t b) { return a | b; }},
    {"xor", TSR_SFPU_XOR, [](int64_t a, int64_t b) { return a ^ b; }},
    {"shift_left", TSR_SFPU_SHIFT_LEFT_BY,
     [](int64_t a, int64_t b) { return b >= 0 && b < 32 ? a * (int64_t{1} << b) : 0; }},
    {"shift_right", TSR_SFPU_SHIFT_RIGHT_BY, [](int64_t a, int64_t b) { return b >= 0 && b < 32 ? a >> b : 0; }},
    {"logical_shift_right", TSR_SFPU_LOGICAL_SHIFT_RIGHT_BY,
     [](int64_t a, int64_t b) { return b >= 0 && b < 32 ? (a & 0xffffffff) >> b : 0; }},
    {"lt", TSR_SFPU_LT_INT, [](int64_t a, int64_t b) { return int64_t{a < b}; }},
    {"ge", TSR_SFPU_GE_INT, [](int64_t a, int64_t b) { return int64_t{a >= b}; }},
    {"div_floor", TSR_SFPU_DIV_INT_FLOOR,
     [](int64_t a, int64_t b) {
         return b == 0 ? -1 : static_cast<int64_t>(std::floor(static_cast<long double>(a) / b));
     }},
    {"div_trunc", TSR_SFPU_DIV_INT_TRUNC, [](int64_t a, int64_t b) { return b == 0 ? -1 : a / b; }},
    {"remainder", TSR_SFPU_REMAINDER_INT,
     [](int64_t a, int64_t b) {
         return b == 0 ? a : a - b * static_cast<int64_t>(std::floor(static_cast<long double>(a) / b));
     }},
    {"fmod", TSR_SFPU_FMOD_INT, [](int64_t a, int64_t b) { return b == 0 ? a : a % b; }},
    {"gcd", TSR_SFPU_GCD, [](int64_t a, int64_t b) { return std::gcd(a, b); }},
    {"lcm", TSR_SFPU_LCM, [](int64_t a, int64_t b) { return std::lcm(a, b); }},
};

TEST(Integers, BinaryOperationsWrapLikeTheirDefinition) {
    for (const BinaryCase& row : INTEGER_CASES) {
        for (int32_t a : numbers()) {
            for (int32_t b : numbers()) {
                EXPECT_EQ(two(row.op, static_cast<uint32_t>(a), static_cast<uint32_t>(b)),
                          static_cast<uint32_t>(row.exact(a, b)))
                    << row.name << " " << a << " " << b;
            }
        }
    }
}

TEST(Integers, UnaryOperations) {
    for (int32_t n : numbers()) {
        const uint32_t x = static_cast<uint32_t>(n);
        EXPECT_EQ(one(TSR_SFPU_ABS_INT, x), n < 0 ? 0u - x : x);
        EXPECT_EQ(one(TSR_SFPU_NEG_INT, x), 0u - x);
        EXPECT_EQ(one(TSR_SFPU_SIGNBIT_INT, x), x >> 31);
        EXPECT_EQ(one(TSR_SFPU_NOT, x), ~x);
        EXPECT_EQ(one(TSR_SFPU_SHIFT_LEFT, x, {5}), x << 5);
        EXPECT_EQ(one(TSR_SFPU_SHIFT_RIGHT, x, {5}), static_cast<uint32_t>(n >> 5));
        EXPECT_EQ(one(TSR_SFPU_CLAMP_INT, x, {0u - 7u, 9}), static_cast<uint32_t>(std::min(std::max(n, -7), 9)));
        EXPECT_EQ(one(TSR_SFPU_LE_SCALAR_INT, x, {31}), n <= 31 ? 1u : 0u);
    }
}

TEST(Conversions, RoundAndClamp) {
    for (int32_t n : numbers()) {
        const uint32_t x = static_cast<uint32_t>(n);
        EXPECT_EQ(one(TSR_SFPU_INT32_TO_FLOAT, x), bits(static_cast<float>(n)));
        EXPECT_EQ(one(TSR_SFPU_UINT32_TO_FLOAT, x), bits(static_cast<float>(x)));
        EXPECT_EQ(one(TSR_SFPU_TO_UINT16, x), static_cast<uint32_t>(std::min(std::max(n, 0), 65535)));
    }
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_INT32, bits(-2.75f)), static_cast<uint32_t>(-2));
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_INT32, bits(3e9f)), static_cast<uint32_t>(INT_MAX));
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_INT32, bits(-3e9f)), static_cast<uint32_t>(INT_MIN));
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_UINT32, bits(3e9f)), 3000000000u);
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_UINT32, bits(5e9f)), 0xffffffffu);
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_UINT32, bits(-1.0f)), 0u);
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_UINT16, bits(2.5f)), 3u);
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_UINT16, bits(1e6f)), 65535u);
    EXPECT_EQ(one(TSR_SFPU_INT32_TO_BF16, 257), bits(258.0f));
}

TEST(Quantization, RoundsAndClampsAroundTheZeroPoint) {
    EXPECT_EQ(static_cast<int32_t>(two(TSR_SFPU_QUANT, bits(10.0f), bits(0.25f))), 6);  // 2.5 + 3, away from zero
    EXPECT_EQ(static_cast<int32_t>(two(TSR_SFPU_QUANT, bits(-1e6f), bits(1.0f))), -127);
    EXPECT_EQ(static_cast<int32_t>(two(TSR_SFPU_REQUANT, static_cast<uint32_t>(-20), bits(0.5f))), -7);
    EXPECT_EQ(two(TSR_SFPU_DEQUANT, static_cast<uint32_t>(-20), bits(0.5f)), bits(-8.5f));
}

TEST(Narrowing, FollowsTheOperationAndTheTile) {
    const uint32_t x = 0x3f80c000;  // 1 + 1.5 bf16 steps
    EXPECT_EQ(one(TSR_SFPU_IDENTITY, x, {}, SfpuWidth::Dst16), 0x3f800000u);
    EXPECT_EQ(one(TSR_SFPU_FLOAT_TO_BF16, x, {}, SfpuWidth::Dst16), 0x3f810000u);
    EXPECT_EQ(one(TSR_SFPU_IDENTITY, 0x3f803fff, {}, SfpuWidth::Dst16Half), 0x3f802000u);
    EXPECT_EQ(one(TSR_SFPU_IDENTITY, bits(1e9f), {}, SfpuWidth::Dst16Half), bits(131008.0f));
    EXPECT_EQ(one(TSR_SFPU_LOG, bits(-1.0f), {}, SfpuWidth::Dst16) & 0x7fffffff,
              0x7f800000u);  // NaN narrows to infinity
    EXPECT_EQ(two(TSR_SFPU_ADD, bits(1.0f), bits(0.0117f), SfpuWidth::Dst16), 0x3f810000u);
    EXPECT_EQ(two(TSR_SFPU_ADD_NEAREST, bits(1.0f), bits(0.0118f), SfpuWidth::Dst16), 0x3f820000u);
}

TEST(Ternary, ChoosesAndCombines) {
    const auto three = [](uint32_t op, uint32_t x, uint32_t y, uint32_t z, SfpuParams params = {}) {
        std::vector<uint32_t> a(16, x), b(16, y), c(16, z), out(16);
        fast().ternary(op, a.data(), b.data(), c.data(), out.data(), out.size(), params, SfpuWidth::Dst32);
        return out[0];
    };
    EXPECT_EQ(three(TSR_SFPU_WHERE, bits(2.0f), 5, 6), 5u);
    EXPECT_EQ(three(TSR_SFPU_WHERE, bits(-0.0f), 5, 6), 6u);
    EXPECT_EQ(three(TSR_SFPU_ADDCMUL, bits(1.0f), bits(2.0f), bits(3.0f), {bits(0.5f)}), bits(4.0f));
    EXPECT_EQ(three(TSR_SFPU_ADDCDIV, bits(1.0f), bits(6.0f), bits(3.0f), {bits(0.5f)}), bits(2.0f));
    EXPECT_EQ(three(TSR_SFPU_LERP, bits(1.0f), bits(3.0f), bits(0.25f)), bits(1.5f));
}

}  // namespace
}  // namespace tessera::tensix
