// Block floating point against a scalar definition in exact arithmetic: value / 2^(exponent - bits + 1), rounded half
// to even, at most the greatest mantissa.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <tt-metalium/bfloat4.hpp>
#include <tt-metalium/bfloat8.hpp>
#include <tt-metalium/blockfloat_common.hpp>

namespace {

/// The value that comes back, in doubles. Valid where nothing is shifted out before rounding matters: small spreads.
double expected(double value, const double* block, int bits) {
    double greatest = 0;
    for (int i = 0; i < 16; ++i) {
        greatest = std::max(greatest, std::fabs(block[i]));
    }
    if (greatest == 0) {
        return 0;
    }
    const double unit = std::ldexp(1.0, std::ilogb(greatest) - bits + 1);
    const double mantissa = std::min(std::nearbyint(std::fabs(value) / unit), std::ldexp(1.0, bits) - 1);
    return std::copysign(mantissa * unit, value);
}

std::vector<float> random_tiles(size_t tiles, unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> distribution(-4, 4);
    std::vector<float> values(tiles * 1024);
    for (float& value : values) {
        value = std::round(distribution(generator) * 64) / 64;  // few bits: no sticky bits are lost
    }
    return values;
}

void check_round_trip(int bits, bool row_major) {
    const auto values = random_tiles(3, static_cast<unsigned>(bits));
    std::vector<float> back;
    if (bits == 7) {
        back = unpack_bfp8_tiles_into_float_vec(pack_as_bfp8_tiles<float>(values, row_major, false), row_major, false);
    } else {
        back = unpack_bfp4_tiles_into_float_vec(pack_as_bfp4_tiles<float>(values, row_major, false), row_major, false);
    }
    ASSERT_EQ(back.size(), values.size());
    // Groups of 16: in row-major order half a row of the tile; face by face a row of a face. Both are 16 in a row.
    for (size_t start = 0; start < values.size(); start += 16) {
        double block[16];
        std::copy_n(values.begin() + static_cast<long>(start), 16, block);
        for (int i = 0; i < 16; ++i) {
            ASSERT_EQ(back[start + static_cast<size_t>(i)], expected(block[i], block, bits)) << start << " " << i;
        }
    }
}

TEST(BlockFloat, Bfp8RoundsToNearestEven) {
    check_round_trip(7, true);
    check_round_trip(7, false);
}

TEST(BlockFloat, Bfp4RoundsToNearestEven) {
    check_round_trip(3, true);
    check_round_trip(3, false);
}

TEST(BlockFloat, LayoutInMemory) {
    // One value in the second face (columns 16 to 31), row 2, column 3: -1.5 * 2^4.
    std::vector<float> tile(1024, 0.0f);
    tile[2 * 32 + 16 + 3] = -24.0f;
    const auto bfp8 = pack_as_bfp8_tiles<float>(tile, true, false);
    ASSERT_EQ(bfp8.size() * 4, 1088u);
    const auto* bytes = reinterpret_cast<const uint8_t*>(bfp8.data());
    EXPECT_EQ(bytes[16 + 2], 127 + 4);
    EXPECT_EQ(bytes[64 + 256 + 2 * 16 + 3], 0x80 | 0x60);
    EXPECT_EQ(std::count(bytes, bytes + 1088, 0), 1086);

    const auto bfp4 = pack_as_bfp4_tiles<float>(tile, true, false);
    ASSERT_EQ(bfp4.size() * 4, 576u);
    bytes = reinterpret_cast<const uint8_t*>(bfp4.data());
    EXPECT_EQ(bytes[16 + 2], 127 + 4);
    EXPECT_EQ(bytes[64 + (256 + 2 * 16 + 3) / 2], (0x8 | 0x6) << 4);
}

TEST(BlockFloat, SaturatesInsteadOfRaisingTheExponent) {
    std::vector<float> tile(1024, 0.0f);
    tile[0] = 1.9999f;  // rounds up to 2, which needs the next exponent
    const auto back = unpack_bfp8_tiles_into_float_vec(pack_as_bfp8_tiles<float>(tile, true, false), true, false);
    EXPECT_EQ(back[0], 127.0f / 64.0f);
}

TEST(BlockFloat, FiveBitExponents) {
    std::vector<float> tile(1024, 0.5f);
    const auto packed = pack_as_bfp8_tiles<float>(tile, true, true);
    EXPECT_EQ(packed[0] & 0xff, 14u);
    EXPECT_EQ(unpack_bfp8_tiles_into_float_vec(packed, true, true)[5], 0.5f);
}

TEST(BlockFloat, SmallTilesPadTheirExponents) {
    const tt::tt_metal::Tile tile({4, 16});
    const std::vector<float> values(2 * 64, 3.0f);
    const auto packed = pack_as_bfp8_tiles<float>(values, true, false, tile);
    EXPECT_EQ(packed.size() * 4, 2 * (16u + 64u));
    EXPECT_EQ(packed.size() * 4, 2 * tile.get_tile_size(tt::DataFormat::Bfp8_b));
    EXPECT_EQ(unpack_bfp8_tiles_into_float_vec(packed, true, false, tile), values);
}

TEST(BlockFloat, SizesThatDoNotFitThrow) {
    EXPECT_ANY_THROW(pack_as_bfp8_tiles<float>(std::vector<float>(1000), true, false));
    EXPECT_ANY_THROW(unpack_bfp8_tiles_into_float_vec(std::vector<uint32_t>(5), true, false));
}

}  // namespace
