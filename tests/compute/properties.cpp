// What holds between operations, whatever the numbers: broadcasts, tilize and transposes, reductions, conversions and
// operands from DST are defined by what they do, and each is compared here with another way to the same result, bit for
// bit.
#include <algorithm>
#include <cmath>

#include "on_device.h"

namespace compute_test {
namespace {

class Properties : public Compute {};

uint32_t bits(float v) {
    return std::bit_cast<uint32_t>(v);
}

// Normal numbers of many sizes; each eighth is any pattern of an ordinary number, zero or one.
Matrix random_tiles(uint32_t tiles, uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    return matrix(32 * tiles, 32, [&](uint32_t, uint32_t) {
        const auto kind = static_cast<uint32_t>(random() % 16);
        if (kind > 1) {
            return std::bit_cast<float>(bits(std::ldexp(normal(random), static_cast<int>(random() % 9) - 4)) &
                                        0xFFFF0000u);
        }
        const auto exponent = static_cast<uint32_t>(32 + random() % 192);  // products neither vanish nor overflow
        return kind == 0 ? std::bit_cast<float>((static_cast<uint32_t>(random()) & 0x807F0000u) | exponent << 23)
                         : static_cast<float>(random() % 2);
    });
}

/// Both tiles hold the same patterns.
void expect_same_bits(const std::string& what, const Matrix& pages, uint32_t first, uint32_t second) {
    int shown = 0;
    for (uint32_t i = 0; i < 1024 && shown < 3; ++i) {
        const float a = pages.values[first * 1024 + i], b = pages.values[second * 1024 + i];
        if (bits(a) != bits(b)) {
            ADD_FAILURE() << what << " at (" << i / 32 << "," << i % 32 << "): " << a << " and " << b;
            ++shown;
        }
    }
}

struct Setting {
    DataFormat format;
    bool wide;
    MathFidelity fidelity;
};
std::vector<Setting> settings() {
    std::vector<Setting> all;
    for (const DataFormat format : {DataFormat::Float16_b, DataFormat::Float32}) {
        for (const bool wide : {false, true}) {
            for (const MathFidelity fidelity : {MathFidelity::LoFi, MathFidelity::HiFi4}) {
                all.push_back({format, wide, fidelity});
            }
        }
    }
    return all;
}

TEST_F(Properties, ABroadcastIsTheOperationOnTheExpandedTile) {
    const Matrix a = random_tiles(1, 1), b = random_tiles(1, 2);
    // The second operand as it is, and expanded from row 0, column 0 and datum (0,0).
    const Matrix expanded = matrix(96, 32, [&](uint32_t r, uint32_t c) {
        return r < 32 ? b(0, c) : r < 64 ? b(r - 32, 0) : b(0, 0);
    });
    const std::string kernel = R"(
        binary_op_init_common(0, 1, 16);
        cb_push_back(0, 1);
        cb_push_back(1, 1);
        cb_push_back(2, 3);
        section([] { add_bcast_rows_init_short(0, 1); add_tiles_bcast_rows(0, 1, 0, 0, 0); });
        section([] { add_tiles_init(0, 2); add_tiles(0, 2, 0, 0, 0); });
        section([] { sub_bcast_cols_init_short(0, 1); sub_tiles_bcast_cols(0, 1, 0, 0, 0); });
        section([] { sub_tiles_init(0, 2); sub_tiles(0, 2, 0, 1, 0); });
        section([] { mul_bcast_rows_init_short(0, 1); mul_tiles_bcast_rows(0, 1, 0, 0, 0); });
        section([] { mul_tiles_init(0, 2); mul_tiles(0, 2, 0, 0, 0); });
        section([] { mul_bcast_cols_init_short(0, 1); mul_tiles_bcast_cols(0, 1, 0, 0, 0); });
        section([] { mul_tiles_init(0, 2); mul_tiles(0, 2, 0, 1, 0); });
        section([] { mul_tiles_bcast_scalar_init_short(0, 1); mul_tiles_bcast_scalar(0, 1, 0, 0, 0); });
        section([] { mul_tiles_init(0, 2); mul_tiles(0, 2, 0, 2, 0); });
        section([] { unary_bcast_init<BroadcastType::ROW>(1, 16); unary_bcast<BroadcastType::ROW>(1, 0, 0); });
        section([] { copy_tile_init(2); copy_tile(2, 0, 0); });
        section([] { unary_bcast_init<BroadcastType::COL>(1, 16); unary_bcast<BroadcastType::COL>(1, 0, 0); });
        section([] { copy_tile_init(2); copy_tile(2, 1, 0); });
    )";
    for (const Setting& s : settings()) {
        const auto results = run(kernel,
                                 {{.index = 0, .format = s.format, .values = a},
                                  {.index = 1, .format = s.format, .values = b},
                                  {.index = 2, .pages = 3, .format = s.format, .values = expanded},
                                  {.index = 16, .pages = 14, .format = DataFormat::Float32}},
                                 {.math_fidelity = s.fidelity, .fp32_dest_acc_en = s.wide});
        for (uint32_t pair = 0; pair < 7; ++pair) {
            expect_same_bits("broadcast " + std::to_string(pair) + (s.wide ? ", 32-bit DST" : ", 16-bit DST"),
                             results.at(16), 2 * pair, 2 * pair + 1);
        }
    }
}

TEST_F(Properties, TransposesUndoThemselvesAndCommuteWithSums) {
    const Matrix a = random_tiles(1, 3), b = random_tiles(1, 4);
    for (const bool wide : {false, true}) {
        const auto results = run(R"(
            binary_op_init_common(0, 1, 16);
            cb_push_back(0, 1);
            cb_push_back(1, 1);
            section([] { copy_tile_init(0); copy_tile(0, 0, 0); });
            section([] { transpose_wh_init_short(0); transpose_wh_tile(0, 0, 0); transpose_wh_dest_init_short();
                         transpose_wh_dest(0); });
            section([] { add_tiles_init(0, 1); add_tiles(0, 1, 0, 0, 0); transpose_wh_dest_init_short();
                         transpose_wh_dest(0); });
            // The sum of the transposed tiles, by way of two circular buffers.
            pack_reconfig_data_format(17);
            section([] { transpose_wh_init_short(0); transpose_wh_tile(0, 0, 0); }, 1, 17);
            section([] { transpose_wh_init_short(1); transpose_wh_tile(1, 0, 0); }, 1, 18);
            cb_push_back(17, 1);
            cb_push_back(18, 1);
            pack_reconfig_data_format(16);
            section([] { add_tiles_init(17, 18); add_tiles(17, 18, 0, 0, 0); });
        )",
                                 {{.index = 0, .values = a},
                                  {.index = 1, .values = b},
                                  {.index = 16, .pages = 4, .format = DataFormat::Float32},
                                  {.index = 17},
                                  {.index = 18}},
                                 {.fp32_dest_acc_en = wide});
        expect_same_bits("transposed twice", results.at(16), 0, 1);
        expect_same_bits("transpose of the sum", results.at(16), 2, 3);
        const Matrix& turned = results.at(17);
        for (uint32_t r = 0; r < 32; ++r) {
            for (uint32_t c = 0; c < 32; ++c) {
                ASSERT_EQ(turned(r, c), a(c, r));
            }
        }
    }
}

TEST_F(Properties, UntilizeUndoesTilize) {
    for (const DataFormat format : {DataFormat::Float16_b, DataFormat::Float32}) {
        const bool wide = format == DataFormat::Float32;
        const Matrix lines = random_tiles(3, 5);
        ComputeConfig config{.fp32_dest_acc_en = wide};
        if (wide) {
            config.unpack_to_dest_mode.assign(32, UnpackToDestMode::Default);
            config.unpack_to_dest_mode[0] = config.unpack_to_dest_mode[17] = UnpackToDestMode::UnpackToDestFp32;
        }
        const auto results = run(R"(
            compute_kernel_hw_startup(0, 17);
            cb_push_back(0, 3);
            tilize_init(0, 3, 17);
            tilize_block(0, 3, 17);
            tilize_uninit(0, 17);
            cb_push_back(17, 3);
            untilize_init(17);
            untilize_block(17, 3, 16);
        )",
                                 {{.index = 0, .pages = 3, .format = format, .values = lines, .row_major = true},
                                  {.index = 16, .pages = 3, .format = format, .row_major = true},
                                  {.index = 17, .pages = 3, .format = format}},
                                 config);
        for (size_t i = 0; i < lines.values.size(); ++i) {
            ASSERT_EQ(bits(results.at(16).values[i]), bits(lines.values[i])) << i;
        }
    }
}

TEST_F(Properties, ReductionsAgreeAmongEachOther) {
    const Matrix a = random_tiles(1, 6);
    Matrix turned = a, shuffled = a;
    std::vector<uint32_t> order(32);
    for (uint32_t r = 0; r < 32; ++r) {
        order[r] = r;
        for (uint32_t c = 0; c < 32; ++c) {
            turned(r, c) = a(c, r);
        }
    }
    std::shuffle(order.begin(), order.end(), std::mt19937(7));
    for (uint32_t r = 0; r < 32; ++r) {
        for (uint32_t c = 0; c < 32; ++c) {
            shuffled(r, c) = a(order[r], c);
        }
    }
    const auto factor = [](float value) { return matrix(32, 32, [=](uint32_t, uint32_t) { return value; }); };
    const auto line = [](const std::string& pool, const std::string& dim, int in, int scaler, bool keep) {
        const std::string arguments = "<PoolType::" + pool + ", ReduceDim::REDUCE_" + dim + (keep ? ", true>" : ">");
        const std::string cbs = std::to_string(in) + ", " + std::to_string(scaler);
        return "reduce_init" + arguments + "(" + cbs + ", 16);\nsection([] { reduce_tile" + arguments + "(" + cbs +
               ", 0, 0, 0); });\nreduce_uninit();\n";
    };
    for (const bool wide : {false, true}) {
        std::string body =
            "compute_kernel_hw_startup(0, 1, 16);\nfor (uint32_t cb = 0; cb < 5; ++cb) { cb_push_back(cb, 1); }\n";
        body += line("SUM", "COL", 0, 3, false);     // 0
        body += line("SUM", "ROW", 1, 3, wide);      // 1: of the transposed tile
        body += line("AVG", "COL", 0, 3, false);     // 2
        body += line("SUM", "COL", 0, 4, false);     // 3: a quarter of the scaler
        body += line("MAX", "COL", 0, 3, false);     // 4
        body += line("MAX", "COL", 2, 3, false);     // 5: rows in another order
        body += line("MAX", "ROW", 1, 3, false);     // 6
        body += line("MAX", "SCALAR", 0, 3, false);  // 7
        const auto results = run(body,
                                 {{.index = 0, .values = a},
                                  {.index = 1, .values = turned},
                                  {.index = 2, .values = shuffled},
                                  {.index = 3, .values = factor(1.0f)},
                                  {.index = 4, .values = factor(0.25f)},
                                  {.index = 16, .pages = 8, .format = DataFormat::Float32}},
                                 {.fp32_dest_acc_en = wide});
        const Matrix& out = results.at(16);
        const auto at = [&](uint32_t page, uint32_t r, uint32_t c) { return out(page * 32 + r, c); };
        expect_same_bits("AVG is SUM", out, 0, 2);
        expect_same_bits("a maximum does not depend on the order", out, 4, 5);
        float largest = -INFINITY;
        for (uint32_t c = 0; c < 32; ++c) {
            EXPECT_EQ(bits(at(0, 0, c)), bits(at(1, c, 0))) << "rows of the transposed tile, " << c;
            EXPECT_EQ(0.25f * at(0, 0, c), at(3, 0, c)) << "a power of two as scaler, " << c;
            float most = -INFINITY;
            for (uint32_t r = 0; r < 32; ++r) {
                most = std::max(most, a(r, c));
            }
            largest = std::max(largest, most);
            EXPECT_EQ(at(4, 0, c), most) << c;
            EXPECT_EQ(at(6, c, 0), most) << c;
        }
        EXPECT_EQ(at(7, 0, 0), largest);
    }
}

TEST_F(Properties, AnOperandFromDstIsTheSameAsOneFromL1) {
    const Matrix a = random_tiles(1, 8), b = random_tiles(1, 9);
    for (const bool wide : {false, true}) {
        const auto results = run(R"(
            binary_op_init_common(0, 1, 16);
            cb_push_back(0, 1);
            cb_push_back(1, 1);
            section([] {
                copy_tile_init(0); copy_tile(0, 0, 0);
                binary_dest_reuse_tiles_init<ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(1);
                binary_dest_reuse_tiles<ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(1, 0, 0);
            });
            section([] { add_tiles_init(0, 1); add_tiles(0, 1, 0, 0, 0); });
            section([] {
                copy_tile_init(0); copy_tile(0, 0, 0);
                binary_dest_reuse_tiles_init<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(1);
                binary_dest_reuse_tiles<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(1, 0, 0);
            });
            section([] { sub_tiles_init(1, 0); sub_tiles(1, 0, 0, 0, 0); });
            section([] {
                copy_tile_init(0); copy_tile(0, 0, 0);
                binary_dest_reuse_tiles_init<ELWMUL, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(1);
                binary_dest_reuse_tiles<ELWMUL, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(1, 0, 0);
            });
            section([] { mul_tiles_init(0, 1); mul_tiles(0, 1, 0, 0, 0); });
        )",
                                 {{.index = 0, .values = a},
                                  {.index = 1, .values = b},
                                  {.index = 16, .pages = 6, .format = DataFormat::Float32}},
                                 {.fp32_dest_acc_en = wide});
        expect_same_bits("sum", results.at(16), 0, 1);
        expect_same_bits("difference", results.at(16), 2, 3);
        expect_same_bits("product", results.at(16), 4, 5);
    }
}

// Numbers that both formats hold survive the way there and back; fp32 becomes the nearest bf16, which a copy by way of
// 16-bit DST does not.
TEST_F(Properties, ConversionsThereAndBack) {
    const Matrix whole = integers(32, 32, 0, 65535, 1, 10);
    const auto results = run(R"(
        #define THERE_AND_BACK(A, B) \
            section([] { \
                copy_tile_init(0); copy_tile(0, 0, 0); \
                typecast_tile_init<A, B>(); typecast_tile<A, B>(0); \
                typecast_tile_init<B, A>(); typecast_tile<B, A>(0); \
            })
        unary_op_init_common(0, 16);
        cb_push_back(0, 1);
        section([] { copy_tile_init(0); copy_tile(0, 0, 0); });
        THERE_AND_BACK(0, 8);   // Float32, Int32
        THERE_AND_BACK(0, 9);   // Float32, UInt16
        THERE_AND_BACK(0, 24);  // Float32, UInt32
    )",
                             {{.index = 0, .format = DataFormat::Float32, .values = whole},
                              {.index = 16, .pages = 4, .format = DataFormat::Float32}},
                             [] {
                                 ComputeConfig config{.fp32_dest_acc_en = true};
                                 config.unpack_to_dest_mode.assign(32, UnpackToDestMode::UnpackToDestFp32);
                                 return config;
                             }());
    for (uint32_t other = 1; other < 4; ++other) {
        expect_same_bits("by way of integer " + std::to_string(other), results.at(16), 0, other);
    }
    for (uint32_t i = 0; i < 1024; ++i) {
        ASSERT_EQ(results.at(16).values[i], whole.values[i]);
    }
}

}  // namespace
}  // namespace compute_test
