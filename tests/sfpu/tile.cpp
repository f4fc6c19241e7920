// Operations across a tile against their definitions on matrices.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <tensix/sfpu_sort.h>
#include <tensix/sfpu_tile.h>

namespace tessera::tensix {
namespace {

uint32_t bits(float x) {
    return std::bit_cast<uint32_t>(x);
}
float number(uint32_t x) {
    return std::bit_cast<float>(x);
}

/// A tile whose value at row r and column c is fn(r, c).
template <class Fn>
std::vector<uint32_t> tile_of(Fn fn) {
    std::vector<uint32_t> tile(1024);
    for (uint32_t r = 0; r < 32; r++) {
        for (uint32_t c = 0; c < 32; c++) {
            tile[tile_position(r, c)] = fn(r, c);
        }
    }
    return tile;
}

TEST(SfpuTile, LanesCoverATileOnce) {
    std::vector<int> seen(1024);
    for (uint32_t address = 0; address < 64; address += 2) {
        for (uint32_t lane = 0; lane < 32; lane++) {
            seen[lane_position(address, lane)]++;
        }
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 1024);
}

TEST(SfpuTile, CumsumGoesOnFromTheTileBefore) {
    SfpuRegisters registers;
    auto value = [](uint32_t r, uint32_t c) { return bits(static_cast<float>(r + 2 * c)); };
    std::vector<uint32_t> first = tile_of(value), second = tile_of(value);
    sfpu_cumsum(registers, first.data(), true, SfpuWidth::Dst32);
    sfpu_cumsum(registers, second.data(), false, SfpuWidth::Dst32);
    for (uint32_t c = 0; c < 32; c++) {
        float sum = 0;
        for (uint32_t r = 0; r < 64; r++) {
            sum += static_cast<float>(r % 32 + 2 * c);
            EXPECT_EQ(number((r < 32 ? first : second)[tile_position(r % 32, c)]), sum);
        }
    }
}

TEST(SfpuTile, EmaWeighsTheOutputBefore) {
    SfpuRegisters registers;
    registers.ema_alpha = 0.75f;
    registers.ema_beta = 0.25f;
    std::vector<uint32_t> in = tile_of([](uint32_t r, uint32_t c) { return bits(static_cast<float>(r * c)); });
    std::vector<uint32_t> out(1024);
    sfpu_ema(registers, in.data(), out.data(), SfpuWidth::Dst32);
    float expected = 0;
    for (uint32_t r = 0; r < 32; r++) {
        expected = 0.75f * expected + 0.25f * static_cast<float>(r * 7);
        EXPECT_FLOAT_EQ(number(out[tile_position(r, 7)]), expected);
    }
}

TEST(SfpuTile, WelfordGivesMeanAndVariance) {
    SfpuRegisters registers;
    std::mt19937 random(7);
    std::vector<uint32_t> in =
        tile_of([&](uint32_t, uint32_t) { return bits(static_cast<float>(random() % 1000) / 100); });
    float reciprocals[32];
    for (int i = 0; i < 32; i++) {
        reciprocals[i] = 1.0f / static_cast<float>(i + 1);
    }
    sfpu_welford(registers, in.data(), 0, 20, reciprocals);
    sfpu_welford(registers, in.data(), 20, 12, reciprocals + 20);
    for (uint32_t c = 0; c < 32; c++) {
        double mean = 0, m2 = 0;
        for (uint32_t r = 0; r < 32; r++) {
            mean += number(in[tile_position(r, c)]) / 32.0;
        }
        for (uint32_t r = 0; r < 32; r++) {
            m2 += std::pow(number(in[tile_position(r, c)]) - mean, 2);
        }
        EXPECT_NEAR(registers.mean[c], mean, 1e-5);
        EXPECT_NEAR(registers.m2[c], m2, 1e-3);
    }
    std::vector<uint32_t> saved(1024);
    std::array<float, 32> loaded{};
    sfpu_store_columns(registers.mean, saved.data(), 3, SfpuWidth::Dst32);
    sfpu_load_columns(loaded, saved.data(), 3);
    EXPECT_EQ(loaded, registers.mean);
}

TEST(SfpuTile, ReducesColumns) {
    const auto ints = [](uint32_t r, uint32_t c) {
        return static_cast<uint32_t>(static_cast<int32_t>(r * 3) - static_cast<int32_t>(c * 5));
    };
    for (SfpuPool pool : {SfpuPool::Sum, SfpuPool::Average, SfpuPool::Max, SfpuPool::Min}) {
        std::vector<uint32_t> integers = tile_of(ints);
        std::vector<uint32_t> floats =
            tile_of([&](uint32_t r, uint32_t c) { return bits(static_cast<float>(static_cast<int32_t>(ints(r, c)))); });
        sfpu_reduce_columns(integers.data(), pool, SfpuNumber::Int32, SfpuWidth::Dst32);
        sfpu_reduce_columns(floats.data(), pool, SfpuNumber::Float, SfpuWidth::Dst32);
        for (uint32_t c = 0; c < 32; c++) {
            const int32_t low = -static_cast<int32_t>(c * 5), high = low + 93, sum = 16 * (low + high);
            const double expected = pool == SfpuPool::Sum   ? sum
                                    : pool == SfpuPool::Max ? high
                                    : pool == SfpuPool::Min ? low
                                                            : sum / 32.0;
            EXPECT_EQ(number(floats[c < 16 ? c : 240 + c]), static_cast<float>(expected));
            EXPECT_EQ(static_cast<int32_t>(integers[tile_position(0, c)]), static_cast<int32_t>(expected));
        }
    }
}

TEST(SfpuTile, RotatesPairs) {
    std::vector<uint32_t> tile = tile_of([](uint32_t r, uint32_t c) { return bits(static_cast<float>(r * 32 + c)); });
    sfpu_rotate90(tile.data());
    EXPECT_EQ(number(tile[tile_position(5, 6)]), -static_cast<float>(5 * 32 + 7));
    EXPECT_EQ(number(tile[tile_position(5, 7)]), static_cast<float>(5 * 32 + 6));
}

TEST(SfpuTile, ReshufflesRows) {
    std::vector<uint32_t> in = tile_of([](uint32_t r, uint32_t c) { return bits(static_cast<float>(r + c)); });
    std::vector<uint32_t> out(1024, bits(1.0f));
    uint8_t index[32];
    std::fill(index, index + 32, uint8_t{255});
    index[4] = 20;
    index[9] = 20;
    sfpu_reshuffle_rows(in.data(), out.data(), index, SfpuWidth::Dst32);
    EXPECT_EQ(number(out[tile_position(20, 30)]), 1.0f + 34 + 39);
    EXPECT_EQ(number(out[tile_position(21, 30)]), 1.0f);
}

TEST(SfpuTile, PoolsWithIndices) {
    std::mt19937 random(3);
    for (bool row_major : {false, true}) {
        std::vector<uint32_t> values(1024), indices(1024);
        for (uint32_t i = 0; i < 1024; i++) {
            values[i] = bits(static_cast<float>(static_cast<int>(random() % 4001) - 2000));
            indices[i] = i;
        }
        const std::vector<uint32_t> before = values;
        sfpu_max_pool(values.data(), indices.data(), 9, row_major, nullptr, nullptr);
        for (uint32_t c = 0; c < 32; c++) {
            float best = -1e9f;
            for (uint32_t r = 0; r < 9; r++) {
                best = std::max(best, number(before[row_major ? r * 32 + c : tile_position(r, c)]));
            }
            const uint32_t out = row_major ? c : tile_position(0, c);
            EXPECT_EQ(number(values[out]), best);
            EXPECT_EQ(number(before[indices[out]]), best);
        }
    }
}

TEST(SfpuTile, DropoutDropsAboutAsManyAsAsked) {
    SfpuRegisters registers, again;
    sfpu_seed(registers, 42);
    sfpu_seed(again, 42);
    int dropped = 0;
    for (int i = 0; i < 64; i++) {
        std::vector<uint32_t> tile(1024, bits(1.0f)), same(1024, bits(1.0f));
        sfpu_dropout(registers, tile.data(), 0x40000000, 2.0f, SfpuWidth::Dst32);
        sfpu_dropout(again, same.data(), 0x40000000, 2.0f, SfpuWidth::Dst32);
        EXPECT_EQ(tile, same);
        for (uint32_t x : tile) {
            EXPECT_TRUE(x == 0 || x == bits(2.0f));
            dropped += x == 0;
        }
    }
    EXPECT_NEAR(dropped / 65536.0, 0.5, 0.03);
}

TEST(SfpuTile, RandomNumbersStayInTheirRange) {
    SfpuRegisters registers;
    sfpu_seed(registers, 1);
    double sum = 0;
    for (int i = 0; i < 32; i++) {
        std::vector<uint32_t> tile(1024);
        sfpu_rand(registers, tile.data(), 3.0f, 2.0f, SfpuWidth::Dst32);
        for (uint32_t x : tile) {
            EXPECT_GE(number(x), 3.0f);
            EXPECT_LT(number(x), 5.0f);
            sum += number(x);
        }
    }
    EXPECT_NEAR(sum / 32768, 4.0, 0.05);
}

struct Columns {
    std::vector<uint32_t> dst = std::vector<uint32_t>(4096);

    explicit Columns(uint32_t seed) {
        std::mt19937 random(seed);
        for (uint32_t c = 0; c < 32; c++) {
            for (uint32_t r = 0; r < 64; r++) {
                value(r, c) = bits(static_cast<float>(static_cast<int>(random() % 2000001) - 1000000));
                index(r, c) = r * 100 + c;
            }
        }
    }
    uint32_t& value(uint32_t r, uint32_t c) { return dst[r / 32 * 1024 + tile_position(r % 32, c)]; }
    uint32_t& index(uint32_t r, uint32_t c) { return dst[2048 + r / 32 * 1024 + tile_position(r % 32, c)]; }
};

class TopK : public testing::TestWithParam<bool> {};

TEST_P(TopK, FullLocalSortSortsColumnsOfSixtyFour) {
    for (bool stable : {false, true}) {
        Columns columns(11);
        Columns before(11);
        sfpu_topk_local_sort(columns.dst.data(), GetParam(), 5, 0, 0, 0, stable);
        for (uint32_t c = 0; c < 32; c++) {
            for (uint32_t r = 0; r < 64; r++) {
                if (r > 0) {
                    const float previous = number(columns.value(r - 1, c)), current = number(columns.value(r, c));
                    ASSERT_TRUE(GetParam() ? previous <= current : previous >= current)
                        << "row " << r << " column " << c;
                }
                const uint32_t origin = columns.index(r, c);
                ASSERT_EQ(origin % 100, c);
                ASSERT_EQ(before.value(origin / 100, c), columns.value(r, c));
            }
        }
    }
}

TEST_P(TopK, MergeAndRebuildKeepTheBest) {
    // Runs of 32 in opposite directions, as the local sort of log2(k) phases leaves them; merged, the first run holds
    // the best 32 of 64, and rebuilt it is in order.
    Columns columns(5);
    Columns before(5);
    sfpu_topk_local_sort(columns.dst.data(), GetParam(), 4, 0, 0, 0, false);
    sfpu_topk_merge(columns.dst.data(), 0, 32, GetParam(), false);
    sfpu_topk_rebuild(columns.dst.data(), GetParam(), 0, 32, 5, true, false);
    for (uint32_t c = 0; c < 32; c++) {
        std::vector<float> all;
        for (uint32_t r = 0; r < 64; r++) {
            all.push_back(number(before.value(r, c)));
        }
        std::sort(all.begin(), all.end());
        if (!GetParam()) {
            std::reverse(all.begin(), all.end());
        }
        for (uint32_t r = 0; r < 32; r++) {
            ASSERT_EQ(number(columns.value(r, c)), all[r]) << "row " << r << " column " << c;
            ASSERT_EQ(before.value(columns.index(r, c) / 100, c), columns.value(r, c));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Directions, TopK, testing::Bool(),
                         [](const auto& info) { return info.param ? "SmallestFirst" : "LargestFirst"; });

}  // namespace
}  // namespace tessera::tensix
