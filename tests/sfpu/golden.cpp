// The vector unit against vectors from an instruction-level model of the chip: min and max, rounding on the way to
// bf16, uint16 and int8, sums and products.
#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fast.h"

namespace tessera::tensix {
namespace {

std::vector<uint32_t> read(const std::string& name) {
    std::ifstream file(std::string(TESSERA_SOURCE_DIR) + "/tests/data/golden/sfpu/" + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    std::vector<uint32_t> words(2048);
    file.read(reinterpret_cast<char*>(words.data()), static_cast<std::streamsize>(words.size() * 4));
    return words;
}

std::vector<uint32_t> unary(uint32_t op, std::vector<uint32_t> data, SfpuWidth width) {
    fast().unary(op, data.data(), data.size(), {}, width);
    return data;
}

std::vector<uint32_t> binary(uint32_t op, uint32_t zero_point = 0) {
    const std::vector<uint32_t> a = read("sfpu_a.bin"), b = read("sfpu_b.bin");
    std::vector<uint32_t> out(a.size());
    fast().binary(op, a.data(), b.data(), out.data(), out.size(), {zero_point}, SfpuWidth::Dst32);
    return out;
}

TEST(Golden, MaxAndMinOrderBits) {
    EXPECT_EQ(binary(TSR_SFPU_MAX), read("sfpu_swap.max.bin"));
    EXPECT_EQ(binary(TSR_SFPU_MIN), read("sfpu_swap.min.bin"));
}

TEST(Golden, RoundingToBf16) {
    EXPECT_EQ(unary(TSR_SFPU_FLOAT_TO_BF16, read("sfpu_a.bin"), SfpuWidth::Dst32), read("sfpu_stochrnd_m1.out.bin"));
}

TEST(Golden, RoundingToUint16) {
    // The conversion clamps negative numbers to zero first; the instruction alone rounds their magnitude.
    const std::vector<uint32_t> a = read("sfpu_a.bin"), expected = read("sfpu_stochrnd_m6.out.bin");
    const std::vector<uint32_t> result = unary(TSR_SFPU_FLOAT_TO_UINT16, a, SfpuWidth::Dst32);
    int compared = 0;
    for (size_t i = 0; i < a.size(); i++) {
        if (static_cast<int32_t>(a[i]) >= 0 && (a[i] & 0x7fffffff) <= 0x7f800000) {
            EXPECT_EQ(result[i], expected[i]) << std::hex << a[i];
            compared++;
        }
    }
    EXPECT_GT(compared, 500);
}

TEST(Golden, QuantizationRounds) {
    // a * 1 + 0, as sign and magnitude in the vectors and two's complement in DST.
    const std::vector<uint32_t> a = read("sfpu_a.bin"), expected = read("sfpu_stochrnd_m3.out.bin");
    const std::vector<uint32_t> ones(a.size(), 0x3f800000);
    std::vector<uint32_t> result(a.size());
    fast().binary(TSR_SFPU_QUANT, a.data(), ones.data(), result.data(), result.size(), {}, SfpuWidth::Dst32);
    for (size_t i = 0; i < a.size(); i++) {
        if ((a[i] & 0x7fffffff) > 0x7f800000) {
            continue;
        }
        const int32_t magnitude = static_cast<int32_t>(expected[i] & 0x7fffffff);
        EXPECT_EQ(static_cast<int32_t>(result[i]), (expected[i] >> 31) != 0 ? -magnitude : magnitude)
            << std::hex << a[i];
    }
}

/// Counts results that differ, NaN payloads aside.
size_t differences(const std::vector<uint32_t>& result, const std::vector<uint32_t>& expected) {
    size_t count = 0;
    for (size_t i = 0; i < result.size(); i++) {
        const bool both_nan = (result[i] & 0x7fffffff) > 0x7f800000 && (expected[i] & 0x7fffffff) > 0x7f800000;
        count += !both_nan && result[i] != expected[i];
    }
    return count;
}

TEST(Golden, SumsAndProductsRoundAsOnTheChip) {
    // A product that is just too small to be normal keeps its sign on the chip and becomes +0 here, as do smaller ones
    // on both: two zeros that compare equal.
    EXPECT_LE(differences(binary(TSR_SFPU_MUL), read("sfpu_mul.out.bin")), 1u);
    EXPECT_EQ(differences(binary(TSR_SFPU_ADD), read("sfpu_add.out.bin")), 0u);
}

}  // namespace
}  // namespace tessera::tensix
