// bfloat16 against its definition: the nearest of the two neighbours that keep the upper 16 bits.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <tt-metalium/bfloat16.hpp>

namespace {

float from_upper(uint32_t upper) {
    const uint32_t bits = upper << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

/// The nearest by distances in double, ties to the even one.
uint16_t nearest(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    const uint32_t below = bits >> 16;
    const double low = from_upper(below);
    const double high = from_upper(below + 1);
    const double to_low = std::fabs(value - low);
    const double to_high = std::fabs(high - value);
    if (to_low != to_high) {
        return static_cast<uint16_t>(to_low < to_high ? below : below + 1);
    }
    return static_cast<uint16_t>(below % 2 == 0 ? below : below + 1);
}

TEST(Bfloat16, RoundsToNearestEven) {
    std::mt19937 generator(7);
    for (int i = 0; i < 200000; ++i) {
        uint32_t bits = generator();
        if (i % 4 == 0) {
            bits = (bits & 0xffff0000u) | 0x8000u;  // ties
        }
        const float value = std::bit_cast<float>(bits);
        if (!std::isfinite(value) || (bits >> 16 & 0x7fff) >= 0x7f7f) {
            continue;
        }
        ASSERT_EQ(bfloat16(value).to_uint16(), nearest(value)) << value;
    }
}

TEST(Bfloat16, SpecialValues) {
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(bfloat16(infinity).to_float(), infinity);
    EXPECT_EQ(bfloat16(std::numeric_limits<float>::max()).to_float(), infinity);
    EXPECT_EQ(bfloat16(std::nanf("1")).to_uint16(), 0x7fc0);
    EXPECT_EQ(bfloat16(-0.0f).to_uint16(), 0x8000);
    EXPECT_FALSE(bfloat16(std::nanf("1")) == bfloat16(std::nanf("1")));
    EXPECT_EQ(std::numeric_limits<bfloat16>::epsilon().to_float(), std::ldexp(1.0f, -7));
    EXPECT_EQ(static_cast<float>(std::numeric_limits<bfloat16>::max()), std::ldexp(255.0f / 128.0f, 127));
}

TEST(Bfloat16, IntegersAreValuesAndTruncationDropsBits) {
    EXPECT_EQ(bfloat16(3).to_float(), 3.0f);
    EXPECT_EQ(bfloat16(uint16_t{16}).to_float(), 16.0f);
    EXPECT_EQ(bfloat16(2.5).to_float(), 2.5f);
    EXPECT_EQ(bfloat16::truncate(1.99999f).to_float(), 1.9921875f);
    EXPECT_EQ((bfloat16(2.0f) * bfloat16(3.0f)).to_float(), 6.0f);
    bfloat16 sum(1.0f);
    sum += bfloat16(0.5f);
    EXPECT_EQ(sum.to_float(), 1.5f);
    EXPECT_LT(bfloat16(1.0f), bfloat16(2.0f));
    const float implicit = bfloat16(0.25f);
    EXPECT_EQ(implicit, 0.25f);
    EXPECT_EQ(fmt::format("{:.2f}", bfloat16(1.5f)), "1.50");
    std::ostringstream text;
    text << bfloat16(1.0f);
    EXPECT_EQ(text.str(), "16256");
}

TEST(Bfloat16, FirstOfAPairIsTheLowerHalf) {
    EXPECT_EQ(pack_two_bfloat16_into_uint32({bfloat16(1.0f), bfloat16(2.0f)}), 0x40003f80u);
    const auto [first, second] = unpack_two_bfloat16_from_uint32(0x40003f80u);
    EXPECT_EQ(first.to_float(), 1.0f);
    EXPECT_EQ(second.to_float(), 2.0f);
    const std::vector<bfloat16> values{1.0f, 2.0f, 3.0f, 4.0f};
    EXPECT_EQ(unpack_uint32_vec_into_bfloat16_vec(pack_bfloat16_vec_into_uint32_vec(values)), values);
    const auto doubled = unpack_uint32_vec_into_bfloat16_vec(
        pack_bfloat16_vec_into_uint32_vec(values), [](const bfloat16& x) { return bfloat16(2 * x.to_float()); });
    EXPECT_EQ(doubled[3].to_float(), 8.0f);
    EXPECT_ANY_THROW(pack_bfloat16_vec_into_uint32_vec({bfloat16(1.0f)}));
}

TEST(Bfloat16, GeneratedVectors) {
    const auto constant = create_constant_vector_of_bfloat16(8, 1.0f);
    EXPECT_EQ(constant, (std::vector<uint32_t>{0x3f803f80u, 0x3f803f80u}));
    EXPECT_EQ(create_constant_vector_of_bfloat16(2, 1.0f), std::vector<uint32_t>{0x00003f80u});

    // The same numbers in both forms, from the standard's own generator.
    std::mt19937 generator(5);
    std::uniform_real_distribution<float> distribution(0, 10);
    const auto native = create_random_vector_of_bfloat16_native(64, 10.0f, 5, -2.0f);
    const auto packed = create_random_vector_of_bfloat16(64, 10, 5, -2.0f);
    ASSERT_EQ(native.size(), 32u);
    for (const bfloat16 value : native) {
        EXPECT_EQ(value.to_uint16(), bfloat16(distribution(generator) - 2.0f).to_uint16());
    }
    EXPECT_EQ(unpack_uint32_vec_into_bfloat16_vec(packed), native);
    EXPECT_EQ(create_identity_matrix(3, 3, 2)[4].to_float(), 1.0f);
    EXPECT_EQ(create_identity_matrix(3, 3, 2)[8].to_float(), 0.0f);
}

TEST(Bfloat16, Comparisons) {
    EXPECT_TRUE(is_close(100.0f, 100.9f));
    EXPECT_FALSE(is_close(100.0f, 102.0f));
    EXPECT_TRUE(is_close(0.0f, 0.0005f));
    int failed = -1;
    EXPECT_FALSE(packed_uint32_t_vector_comparison(
        {0x3f803f80u, 0x3f803f80u}, {0x3f803f80u, 0x40003f80u}, [](float a, float b) { return a == b; }, &failed));
    EXPECT_EQ(failed, 1);
}

}  // namespace
