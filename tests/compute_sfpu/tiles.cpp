// The vector unit's functions that look across a tile, and those that keep state between calls, from compute kernels.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>

#include "on_device.h"

namespace sfpu_test {
namespace {

class Tiles : public OnDevice {
protected:
    /// Small multiples of 1/4: sums of a few hundred of them are exact.
    static std::array<Words, 4> quarters() {
        std::mt19937 random(3);
        std::array<Words, 4> tiles;
        for (Words& tile : tiles) {
            for (uint32_t& value : tile) {
                value = word((static_cast<float>(random() % 201) - 100.0f) / 4);
            }
        }
        return tiles;
    }
    static float at(const Words& tile, uint32_t r, uint32_t c) { return number(tile[place(r, c)]); }
    /// Compares rows first to last of a tile with f(r, c).
    static void expect(const char* what, const Words& tile, uint32_t first, uint32_t last,
                       const std::function<double(uint32_t, uint32_t)>& f, double tolerance = 0) {
        int shown = 0;
        for (uint32_t r = first; r <= last && shown < 3; ++r) {
            for (uint32_t c = 0; c < 32 && shown < 3; ++c) {
                const double expected = f(r, c), got = at(tile, r, c);
                if (!(std::abs(got - expected) <= tolerance)) {
                    ADD_FAILURE() << what << " at (" << r << "," << c << "): " << got << ", expected " << expected;
                    ++shown;
                }
            }
        }
    }
    static double column_sum(const Words& tile, uint32_t c, uint32_t last = 31) {
        double sum = 0;
        for (uint32_t r = 0; r <= last; ++r) {
            sum += at(tile, r, c);
        }
        return sum;
    }
};

TEST_F(Tiles, RunningSumsAndAverages) {
    const auto in = quarters();
    const auto out = run(
        {
            {"cumsum_tile_init(); cumsum_tile(0);", 0},
            {"cumsum_tile(0, true); cumsum_tile(1, false);", 1},
            {"ema_init(fp(0.75f), fp(0.25f)); ema_clear_previous_output(); ema_tile(0);", 1},
            {"ema_clear_previous_output(); ema_tile(0); copy_dest_values(2, 1); ema_tile(1);", 2},
        },
        in, DataFormat::Float32);
    expect("cumsum_tile", out[0], 0, 31, [&](uint32_t r, uint32_t c) { return column_sum(in[0], c, r); });
    expect("cumsum_tile, second tile", out[1], 0, 31,
           [&](uint32_t r, uint32_t c) { return column_sum(in[0], c) + column_sum(in[1], c, r); });
    std::map<uint32_t, double> average;
    const auto ema = [&](const Words& tile) {
        return [&](uint32_t r, uint32_t c) { return average[c] = 0.75 * average[c] + 0.25 * at(tile, r, c); };
    };
    expect("ema_tile", out[2], 0, 31, ema(in[0]), 1e-5);
    expect("ema_tile, second tile", out[3], 0, 31, ema(in[2]), 1e-5);
}

TEST_F(Tiles, RegistersStartFreshAtEveryLaunch) {
    const auto in = quarters();
    run({{"ema_init(fp(0.5f), fp(0.5f)); ema_tile(0); rand_tile_init(3); rand_tile(0, 0, fp(1.0f));"
          "cumsum_tile(1, false);",
          1}},
        in, DataFormat::Float32);
    const auto second = run({{"cumsum_tile(1, false);", 1}}, in, DataFormat::Float32);
    expect("cumsum_tile without a start", second[0], 0, 31,
           [&](uint32_t r, uint32_t c) { return column_sum(in[1], c, r); });
}

TEST_F(Tiles, WelfordGivesMeanAndVarianceOfColumns) {
    const auto in = quarters();
    const std::string lut = "static constexpr std::array<uint32_t, 0> none{}; ";
    // Half of the reciprocals from a table, the others computed.
    const std::string table =
        "std::array<uint32_t, 32> lut; for (uint32_t i = 0; i < 32; ++i) lut[i] = fp(1.0f / (i + 1)); ";
    const auto out = run(
        {
            {lut + "welford_init(); welford_update<0>(0, 0, none); welford_finalize_to_row<0>(2, 31, none);", 2},
            {lut + "welford_clear(); welford_update<0>(0, 0, none); welford_finalize_to_row<0>(2, 31, none);", 3},
            {table + "welford_clear(); welford_update_rows<32>(0, 0, 0, 10, lut); welford_save_state(2);"
                     "welford_clear(); welford_restore_state(2); welford_update_rows<32>(0, 10, 10, 22, lut);"
                     "welford_finalize_to_row<32>(2, 31, lut);",
             3},
            {lut + "welford_clear(); welford_update<0>(0, 0, none); welford_update<0>(1, 32, none);"
                   "welford_finalize_to_row<0>(2, 63, none);",
             3},
            {lut + "welford_clear(); welford_update<0>(0, 0, none); fill_tile(2, 0.0f);"
                   "welford_finalize_to_face<0>(2, 31, none);",
             2},
            {lut + "welford_clear(); welford_update<0>(0, 0, none); welford_save_state(2, 3); welford_clear();"
                   "welford_restore_state(2, 3); welford_finalize_to_face<0>(2, 3, 31, none);"
                   "welford_restore_state(2, 3); welford_finalize_to_row<0>(2, 0, none);",
             2},
            // The forms of 2025: state in tiles 2 and 3 between calls.
            {lut + "welford_init(); welford_tile<0, 2, 3, true, 0>(0, 64, 0, none);"
                   "welford_tile<1, 2, 3, true, 0>(32, 64, 0, none);",
             3},
            {lut + "welford_tile<0, 2, 3, false, 0>(0, 32, 0, none); fill_tile(3, 0.0f);"
                   "welford_M2_to_var<2, 3, 0>(32, none);",
             3},
        },
        in, DataFormat::Float32);
    const auto moment = [&](std::vector<const Words*> tiles, uint32_t c, bool variance) {
        double sum = 0, squares = 0;
        for (const Words* tile : tiles) {
            for (uint32_t r = 0; r < 32; ++r) {
                sum += at(*tile, r, c);
                squares += at(*tile, r, c) * double{at(*tile, r, c)};
            }
        }
        const double n = 32.0 * static_cast<double>(tiles.size());
        return variance ? squares / n - sum / n * (sum / n) : sum / n;
    };
    const auto mean = [&](uint32_t, uint32_t c) { return moment({&in[0]}, c, false); };
    expect("mean", out[0], 0, 0, mean, 1e-4);
    expect("variance", out[1], 0, 0, [&](uint32_t, uint32_t c) { return moment({&in[0]}, c, true); }, 2e-3);
    expect(
        "variance in two parts", out[2], 0, 0, [&](uint32_t, uint32_t c) { return moment({&in[0]}, c, true); }, 2e-3);
    expect(
        "variance of two tiles", out[3], 0, 0, [&](uint32_t, uint32_t c) { return moment({&in[0], &in[1]}, c, true); },
        2e-3);
    expect(
        "variance of two tiles by welford_tile", out[6], 0, 0,
        [&](uint32_t, uint32_t c) { return moment({&in[0], &in[1]}, c, true); }, 2e-3);
    double sum_of_variances = 0, sum_of_face = 0;
    for (uint32_t i = 0; i < 64; ++i) {
        sum_of_face += number(out[7][i]);
        sum_of_variances += i < 32 ? moment({&in[0]}, i, true) : 0;
    }
    EXPECT_NEAR(sum_of_face, sum_of_variances, 0.1);
    // To a face: the 32 means lie in even columns of the first rows, in the order of the lanes.
    std::vector<float> got, expected;
    for (uint32_t i = 0; i < TILE; ++i) {
        if (out[4][i] != 0) {
            got.push_back(number(out[4][i]));
        }
    }
    for (uint32_t c = 0; c < 32; ++c) {
        expected.push_back(static_cast<float>(mean(0, c)));
    }
    std::sort(got.begin(), got.end());
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(got.size(), 32u);
    for (uint32_t c = 0; c < 32; ++c) {
        EXPECT_NEAR(got[c], expected[c], 1e-4);
    }
    expect("mean of group 3", out[5], 0, 0, mean, 1e-4);
}

TEST_F(Tiles, ReduceColumns) {
    const auto in = quarters();
    const auto out = run(
        {
            {"sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>(); sfpu_reduce<PoolType::SUM, "
             "DataFormat::Float32>(0);",
             0},
            {"sfpu_reduce<PoolType::AVG, DataFormat::Float32>(0);", 0},
            {"sfpu_reduce<PoolType::MAX, DataFormat::Float32>(0);", 0},
            {"sfpu_add_top_row_init(); sfpu_add_top_row<DataFormat::Float32>(0, 1, 0);", 0},
            {"max_reduce_with_indices_init(); max_reduce_with_indices<9>(0, 1);", 0},
            {"max_reduce_with_indices<9>(0, 1);", 1},
            {"max_reduce_with_indices<32>(0, 1);", 0},
        },
        in, DataFormat::Float32);
    const auto largest = [&](uint32_t c, uint32_t rows) {
        uint32_t best = 0;
        for (uint32_t r = 1; r < rows; ++r) {
            best = at(in[0], r, c) > at(in[0], best, c) ? r : best;
        }
        return best;
    };
    expect("sum", out[0], 0, 0, [&](uint32_t, uint32_t c) { return column_sum(in[0], c); });
    expect("average", out[1], 0, 0, [&](uint32_t, uint32_t c) { return column_sum(in[0], c) / 32; }, 1e-5);
    expect("maximum", out[2], 0, 0, [&](uint32_t, uint32_t c) { return at(in[0], largest(c, 32), c); });
    expect("top rows", out[3], 0, 3, [&](uint32_t r, uint32_t c) { return at(in[0], r, c) + at(in[1], r, c); });
    expect("pool of 9", out[4], 0, 0, [&](uint32_t, uint32_t c) { return at(in[0], largest(c, 9), c); });
    expect("its index", out[5], 0, 0, [&](uint32_t, uint32_t c) { return at(in[1], largest(c, 9), c); });
    expect("pool of 32", out[6], 0, 0, [&](uint32_t, uint32_t c) { return at(in[0], largest(c, 32), c); });
}

TEST_F(Tiles, SumsOfIntegers) {
    std::array<Words, 4> in;
    for (uint32_t i = 0; i < 4 * TILE; ++i) {
        in[i / TILE][i % TILE] = i * 2654435761u >> 12;
    }
    const auto out = run({{"sfpu_sum_int_col(0);", 0},
                          {"sfpu_sum_int_row(0);", 0},
                          {"sfpu_reduce<PoolType::SUM, DataFormat::Int32>(0);", 0},
                          {"sfpu_add_top_row<DataFormat::Int32>(0, 1, 0);", 0}},
                         in, DataFormat::Int32);
    for (uint32_t c = 0; c < 32; ++c) {
        uint32_t sum = 0;
        for (uint32_t r = 0; r < 32; ++r) {
            sum += in[0][place(r, c)];
        }
        EXPECT_EQ(out[2][place(0, c)], sum) << c;
        for (uint32_t r = 0; r < 4; ++r) {
            uint32_t lane = 0;
            for (uint32_t row = r; row < 32; row += 4) {
                lane += in[0][place(row, c)];
            }
            EXPECT_EQ(out[0][place(r, c)], lane) << r << ", " << c;
            EXPECT_EQ(out[3][place(r, c)], in[0][place(r, c)] + in[1][place(r, c)]) << r << ", " << c;
        }
    }
    for (uint32_t r = 0; r < 32; ++r) {
        for (uint32_t c = 0; c < 16; c += 2) {
            EXPECT_EQ(out[1][place(r, c)],
                      in[0][place(r, c)] + in[0][place(r, c + 1)] + in[0][place(r, c + 16)] + in[0][place(r, c + 17)])
                << r << ", " << c;
        }
    }
}

TEST_F(Tiles, MoveAndMultiply) {
    auto in = quarters();
    std::mt19937 random(9);
    for (uint32_t& value : in[1]) {
        value = word(random() % 2 != 0 ? 2.0f : -0.5f);
    }
    const auto out = run(
        {
            {"alt_complex_rotate90_tile_init(); alt_complex_rotate90_tile(0);", 0},
            {"tiled_prod_tile_init(); tiled_prod_tile(1);", 1},
            {"transpose_wh_dest_init_short<true>(); transpose_wh_dest<true>(0);", 0},
            {"auto* index = reinterpret_cast<uint8_t*>(0x150000 + 16);"
             "for (uint32_t i = 0; i < 32; ++i) index[i] = i % 8 == 5 ? 255 : 31 - i;"
             "reshuffle_rows_tile_init(); reshuffle_rows_tile(0, 0x150000);",
             1},
            {"uint32_t row[16]; dbg_halt(); dbg_read_dest_acc_row(5, row); dbg_unhalt();"
             "fill_tile_bitcast(0, row[3]);",
             0},
            {"clear_compute_special_value_flags();"
             "fill_tile(0, static_cast<float>(get_compute_special_value_flags_sfpu(0x75) * 8 + "
             "get_compute_special_value_flags_fpu(0x75)));",
             0},
        },
        in, DataFormat::Float32);
    expect("rotate", out[0], 0, 31,
           [&](uint32_t r, uint32_t c) { return c % 2 == 0 ? -at(in[0], r, c + 1) : at(in[0], r, c - 1); });
    // A lane goes down its face by even columns, then odd ones, of four rows at a time.
    for (uint32_t lane_row = 0; lane_row < 4; ++lane_row) {
        for (uint32_t column = 0; column < 16; column += 2) {
            double product = 1;
            for (uint32_t step = 0; step < 8; ++step) {
                const uint32_t r = step / 2 * 4 + lane_row, c = column + step % 2;
                product *= at(in[1], r, c);
                EXPECT_EQ(at(out[1], r, c), product) << r << ", " << c;
            }
        }
    }
    expect("transpose", out[2], 0, 31, [&](uint32_t r, uint32_t c) { return at(in[0], c, r); });
    expect("reshuffle", out[3], 0, 31,
           [&](uint32_t r, uint32_t c) { return at(in[1], r, c) + ((31 - r) % 8 == 5 ? 0.0f : at(in[0], 31 - r, c)); });
    expect("a row of DST", out[4], 0, 31, [&](uint32_t, uint32_t) { return number(in[0][5 * 16 + 3]); });
    expect("flags", out[5], 0, 31, [&](uint32_t, uint32_t) { return 5 * 8; });
    for (const char* code :
         {"fill_tile(0, get_compute_special_value_flags());", "store_compute_special_value_flags_to_l1(0x150000);"}) {
        try {
            run({{code, 0}}, in, DataFormat::Float32);
            ADD_FAILURE() << code << " ran";
        } catch (const std::exception& error) {
            EXPECT_NE(std::string(error.what()).find("special-value-flags"), std::string::npos) << error.what();
        }
    }
}

TEST_F(Tiles, RandomNumbers) {
    const auto in = quarters();
    const auto out = run(
        {
            {"rand_tile_init(7); rand_tile(0, fp(2.0f), fp(3.0f));", 0},
            {"rand_tile_init(7); rand_tile(0, fp(2.0f), fp(3.0f));", 0},
            {"rand_tile_init(8); rand_tile(0, fp(2.0f), fp(3.0f));", 0},
            {"dropout_kernel_init(5); dropout_tile(0, 0x20000000, fp(2.0f));", 0},
            {"dropout_tile_init(5); dropout_tile(0, 0x20000000, fp(2.0f));", 0},
            {"exp_tile_init(); exp_tile(2, VectorMode::None); copy_dest_values(0, 2); sin_tile(2); "
             "stochastic_round_tile(2);",
             2},
        },
        in, DataFormat::Float32);
    EXPECT_EQ(out[0], out[1]);
    EXPECT_NE(out[0], out[2]);
    EXPECT_EQ(out[3], out[4]);
    double sum = 0;
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < TILE; ++i) {
        const float x = number(out[0][i]);
        EXPECT_TRUE(x >= 2 && x < 5) << x;
        sum += x;
        dropped += out[3][i] == 0 && in[0][i] != 0;
        EXPECT_TRUE(number(out[3][i]) == 0 || number(out[3][i]) == 2 * number(in[0][i]));
        EXPECT_EQ(out[5][i] & 0xFFFF, 0u);
        const float exact = std::sin(number(in[0][i]));
        EXPECT_NEAR(number(out[5][i]), exact, std::abs(exact) / 128 + 1e-6);
    }
    EXPECT_NEAR(sum / TILE, 3.5, 0.3);
    EXPECT_GT(dropped, 150u);
    EXPECT_LT(dropped, 370u);
}

TEST_F(Tiles, TopK) {
    std::array<Words, 4> in;
    std::mt19937 random(4);
    for (uint32_t c = 0; c < 32; ++c) {
        std::vector<uint32_t> order(64);
        for (uint32_t r = 0; r < 64; ++r) {
            order[r] = r;
        }
        std::shuffle(order.begin(), order.end(), random);
        for (uint32_t r = 0; r < 64; ++r) {
            in[r / 32][place(r % 32, c)] = word(static_cast<float>(order[r]) * 3 - 90);
            in[2 + r / 32][place(r % 32, c)] = word(static_cast<float>(r));
        }
    }
    const std::string sorted = "topk_tile_init(); topk_local_sort(0, 0, 5);";
    const std::string merged =
        "topk_local_sort<true>(0, 0, 4); topk_merge<false, true>(0, 0, 32); topk_rebuild<true>(0, false, 0, 32, 5, 1);";
    const auto out =
        run({{sorted, 0}, {sorted, 1}, {sorted, 2}, {sorted, 3}, {merged, 0}, {merged, 2}}, in, DataFormat::Float32);
    for (uint32_t c = 0; c < 32; ++c) {
        std::vector<std::pair<float, float>> column;
        for (uint32_t r = 0; r < 64; ++r) {
            column.emplace_back(at(in[r / 32], r % 32, c), static_cast<float>(r));
        }
        std::partial_sort(column.begin(), column.end(), column.end(), std::greater<>());
        for (uint32_t r = 0; r < 64; ++r) {
            ASSERT_EQ(at(out[r / 32], r % 32, c), column[r].first) << r << ", " << c;
            ASSERT_EQ(at(out[2 + r / 32], r % 32, c), column[r].second) << r << ", " << c;
        }
        for (uint32_t r = 0; r < 32; ++r) {
            ASSERT_EQ(at(out[4], r, c), column[r].first) << r << ", " << c;
            ASSERT_EQ(at(out[5], r, c), column[r].second) << r << ", " << c;
        }
    }
}

}  // namespace
}  // namespace sfpu_test
