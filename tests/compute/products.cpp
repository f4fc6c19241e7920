// Matrix products: formats, fidelities, blocks, transposes, small tiles.
#include "on_device.h"

namespace compute_test {
namespace {

class Products : public Compute {};

/// Column c of row r of a x b, where a and b are stacked tiles a0, a1, ... and b0, b1, ...: the sum over pairs.
float product(const Matrix& a, const Matrix& b, const std::vector<std::pair<uint32_t, uint32_t>>& pairs, uint32_t r,
              uint32_t c, bool transpose = false) {
    float sum = 0;
    for (const auto& [i, j] : pairs) {
        for (uint32_t k = 0; k < 32; ++k) {
            sum += a(i * 32 + r, k) * (transpose ? b(j * 32 + c, k) : b(j * 32 + k, c));
        }
    }
    return sum;
}

// in0 holds 2 x 3 tiles (rt x kt), in1 3 x 2 (kt x ct).
const std::string kernel = R"(
    mm_init(0, 1, 16);
    cb_push_back(0, 6);
    cb_push_back(1, 6);
    cb_wait_front(0, 6);
    cb_wait_front(1, 6);
    section([] {
        for (uint32_t k = 0; k < 3; ++k) {
            matmul_tiles(0, 1, k, 2 * k, 0);
        }
    });
    mm_block_init(0, 1, 16, 0, 2, 2, 3);
    section([] {
        for (uint32_t k = 0; k < 3; ++k) {
            matmul_block(0, 1, k, 2 * k, 0, 0, 2, 2, 3);
        }
    }, 4);
    mm_init_short(0, 1, 1);
    section([] { matmul_tiles(0, 1, 3, 4, 0); });
    mm_block_init_short(0, 1, 1, 2, 1, 3);
    section([] { matmul_block(0, 1, 0, 0, 0, 1, 2, 1, 3); }, 2);
    // A product on top of what a copy has left.
    section([] {
        copy_tile_to_dst_init_short_with_dt(1, 0);
        copy_tile(0, 5, 0);
        mm_init_short_with_dt(0, 1, 0);
        matmul_tiles(0, 1, 1, 1, 0);
    });
)";

class ProductFormats : public Products,
                       public testing::WithParamInterface<std::tuple<DataFormat, DataFormat, DataFormat, bool>> {};

TEST_P(ProductFormats, AreExactForSmallIntegers) {
    const auto [in0, in1, out, wide] = GetParam();
    const Matrix a = integers(6 * 32, 32, -1, 1, 1, 3), b = integers(6 * 32, 32, -1, 1, 1, 4);
    const auto results = run(kernel,
                             {{.index = 0, .pages = 6, .format = in0, .values = a},
                              {.index = 1, .pages = 6, .format = in1, .values = b},
                              {.index = 16, .pages = 9, .format = out}},
                             {.fp32_dest_acc_en = wide});
    const auto tile = [&](uint32_t t) { return tile_of(results.at(16), t); };
    // Sums stay below 97; eight bits of significand hold them, seven bits of a block float to 1.
    const float tolerance = out == DataFormat::Bfp8_b ? 1 : 0;
    using Pairs = std::vector<std::pair<uint32_t, uint32_t>>;
    expect_tile(
        "matmul_tiles", tile(0),
        [&](uint32_t r, uint32_t c) { return product(a, b, Pairs{{0, 0}, {1, 2}, {2, 4}}, r, c); }, tolerance);
    for (uint32_t i = 0; i < 4; ++i) {
        const uint32_t row = i / 2 * 3, col = i % 2;
        expect_tile(
            "matmul_block", tile(1 + i),
            [&](uint32_t r, uint32_t c) {
                return product(a, b, Pairs{{row, col}, {row + 1, col + 2}, {row + 2, col + 4}}, r, c);
            },
            tolerance);
    }
    expect_tile(
        "transposed", tile(5), [&](uint32_t r, uint32_t c) { return product(a, b, Pairs{{3, 4}}, r, c, true); },
        tolerance);
    for (uint32_t i = 0; i < 2; ++i) {
        expect_tile(
            "transposed block", tile(6 + i),
            [&](uint32_t r, uint32_t c) { return product(a, b, Pairs{{0, i}}, r, c, true); }, tolerance);
    }
    expect_tile(
        "onto a copy", tile(8),
        [&](uint32_t r, uint32_t c) { return a(5 * 32 + r, c) + product(a, b, Pairs{{1, 1}}, r, c); }, tolerance);
}

INSTANTIATE_TEST_SUITE_P(
    All, ProductFormats,
    testing::Values(std::tuple(DataFormat::Float16_b, DataFormat::Float16_b, DataFormat::Float16_b, false),
                    std::tuple(DataFormat::Float32, DataFormat::Float32, DataFormat::Float32, true),
                    std::tuple(DataFormat::Float16, DataFormat::Float16, DataFormat::Float16, false),
                    std::tuple(DataFormat::Bfp8_b, DataFormat::Bfp8_b, DataFormat::Bfp8_b, false),
                    std::tuple(DataFormat::Float16_b, DataFormat::Bfp4_b, DataFormat::Float32, true)));

// HiFi4 reads all 8 significant bits of a bf16 value, LoFi the upper 5 of in1 and 7 of in0, HiFi2 all of in1.
TEST_F(Products, FidelityDecidesWhichBitsCount) {
    const auto bf16 = [](float v, uint32_t mask) { return std::bit_cast<float>(std::bit_cast<uint32_t>(v) & mask); };
    const Matrix a = integers(32, 32, 128, 255, 1.0f / 128, 7), b = integers(32, 32, 128, 255, 1.0f / 128, 8);
    struct Level {
        MathFidelity fidelity;
        uint32_t in0_mask, in1_mask;
    };
    std::map<MathFidelity, float> first;
    for (const Level level :
         {Level{MathFidelity::LoFi, 0xFFFE0000, 0xFFF80000}, Level{MathFidelity::HiFi2, 0xFFFE0000, 0xFFFF0000},
          Level{MathFidelity::HiFi4, 0xFFFF0000, 0xFFFF0000}}) {
        SCOPED_TRACE(static_cast<int>(level.fidelity));
        const auto results = run(R"(
            mm_init(0, 1, 16);
            cb_push_back(0, 1);
            cb_push_back(1, 1);
            section([] { matmul_tiles(0, 1, 0, 0, 0); });
            binary_op_init_common(0, 1, 16);
            section([] { mul_tiles_init(1, 0); mul_tiles(1, 0, 0, 0, 0); });
        )",
                                 {{.index = 0, .values = a},
                                  {.index = 1, .values = b},
                                  {.index = 16, .pages = 2, .format = DataFormat::Float32}},
                                 {.math_fidelity = level.fidelity, .fp32_dest_acc_en = true});
        expect_tile(
            "matmul_tiles", tile_of(results.at(16), 0),
            [&](uint32_t r, uint32_t c) {
                float sum = 0;
                for (uint32_t k = 0; k < 32; ++k) {
                    sum += bf16(a(r, k), level.in0_mask) * bf16(b(k, c), level.in1_mask);
                }
                return sum;
            },
            1e-4f);
        // mul_tiles takes its first operand to SrcA.
        expect_tile("mul_tiles", tile_of(results.at(16), 1), [&](uint32_t r, uint32_t c) {
            return bf16(b(r, c), level.in1_mask) * bf16(a(r, c), level.in0_mask);
        });
        first[level.fidelity] = results.at(16)(0, 0);
    }
    EXPECT_LT(first[MathFidelity::LoFi], first[MathFidelity::HiFi2]);
    EXPECT_LT(first[MathFidelity::HiFi2], first[MathFidelity::HiFi4]);
}

// A 16-bit DST keeps 8 significant bits of a sum, a 32-bit one 24.
TEST_F(Products, DestWidthDecidesWhatASumKeeps) {
    const Matrix a = matrix(32, 32, [](uint32_t, uint32_t k) { return k == 0 ? 1.0f : 1.0f / 1024; });
    const Matrix ones = matrix(32, 32, [](uint32_t, uint32_t) { return 1.0f; });
    const std::string body = R"(
        mm_init(0, 1, 16);
        cb_push_back(0, 1);
        cb_push_back(1, 1);
        section([] { matmul_tiles(0, 1, 0, 0, 0); });
    )";
    const std::vector<Buffer> buffers = {
        {.index = 0, .values = a}, {.index = 1, .values = ones}, {.index = 16, .format = DataFormat::Float32}};
    const float exact = 1.0f + 31.0f / 1024;
    const auto wide = run(body, buffers, {.fp32_dest_acc_en = true});
    expect_tile("32 bits", wide.at(16), [&](uint32_t, uint32_t) { return exact; }, 1e-6f);
    const auto narrow = run(body, buffers);
    expect_tile("16 bits", narrow.at(16), [&](uint32_t, uint32_t) { return 1.03125f; });  // 132 / 128
}

TEST_F(Products, SmallTiles) {
    struct Sizes {
        Shape in0, in1;
        bool transpose;
    };
    for (const Sizes s :
         {Sizes{{16, 32}, {32, 32}, false}, Sizes{{32, 32}, {32, 16}, false}, Sizes{{32, 16}, {16, 32}, false},
          Sizes{{16, 16}, {16, 16}, true}, Sizes{{4, 32}, {32, 32}, false}, Sizes{{8, 32}, {32, 32}, true}}) {
        SCOPED_TRACE(testing::Message() << s.in0.rows << "x" << s.in0.cols << " by " << s.in1.rows << "x"
                                        << s.in1.cols);
        const Shape out = {s.in0.rows, s.transpose ? s.in1.rows : s.in1.cols};
        const Matrix a = integers(s.in0.rows, s.in0.cols, -3, 3, 0.5f, 9);
        const Matrix b = integers(s.in1.rows, s.in1.cols, -1, 1, 1, 10);
        const auto results = run(std::string("mm_init(0, 1, 16, ") + (s.transpose ? "1" : "0") + R"();
            cb_push_back(0, 1);
            cb_push_back(1, 1);
            section([] { matmul_tiles(0, 1, 0, 0, 0); });
        )",
                                 {{.index = 0, .values = a, .tile = s.in0},
                                  {.index = 1, .values = b, .tile = s.in1},
                                  {.index = 16, .tile = out}});
        expect_tile("matmul_tiles", results.at(16), [&](uint32_t r, uint32_t c) {
            float sum = 0;
            for (uint32_t k = 0; k < s.in0.cols; ++k) {
                sum += a(r, k) * (s.transpose ? b(c, k) : b(k, c));
            }
            return sum;
        });
    }
}

TEST_F(Products, TilesThatDoNotFitTogetherAreRefused) {
    const Matrix a = integers(32, 32, -1, 1, 1, 9), b = integers(16, 32, -1, 1, 1, 10);
    EXPECT_THAT(error_of(R"(
        mm_init(0, 1, 16);
        cb_push_back(0, 1);
        cb_push_back(1, 1);
        section([] { matmul_tiles(0, 1, 0, 0, 0); });
    )",
                         {{.index = 0, .values = a}, {.index = 1, .values = b, .tile = {16, 32}}, {.index = 16}}),
                testing::HasSubstr("tile-shape-mismatch"));
}

TEST_F(Products, CustomVariants) {
    const Matrix a = integers(64, 32, -1, 1, 1, 11), b = integers(64, 32, -1, 1, 1, 12);
    const auto results =
        run(R"(
        mm_init(0, 1, 16);
        cb_push_back(0, 2);
        cb_push_back(1, 2);
        mm_no_mop_init_short(0, 1, false, 2, 1, 1);
        section([] { matmul_block_no_mop(0, 1, 0, 0, 0, false, 2, 1, 1); }, 2);
        sub_bcast_cols_init_short_custom(0, 1, 2);
        section([] { sub_tiles_bcast_cols_custom(0, 1, 0, 1, 0, 2); }, 2);
        mm_no_mop_reinit_after_sub(0, 1);
        mul_reduce_scalar_init(0, 1);
        section([] { mul_reduce_scalar_tile<PoolType::SUM>(0, 1, 2, 0.5f); });
        mul_reduce_scalar_uninit();
    )",
            {{.index = 0, .pages = 2, .values = a}, {.index = 1, .pages = 2, .values = b}, {.index = 16, .pages = 5}});
    const auto tile = [&](uint32_t t) { return tile_of(results.at(16), t); };
    float sum = 0;
    for (size_t i = 0; i < a.values.size(); ++i) {
        sum += a.values[i] * b.values[i];
    }
    for (uint32_t t = 0; t < 2; ++t) {
        expect_tile("matmul_block_no_mop", tile(t),
                    [&](uint32_t r, uint32_t c) { return product(a, b, {{0, t}}, r, c); });
        expect_tile("sub_tiles_bcast_cols_custom", tile(2 + t),
                    [&](uint32_t r, uint32_t c) { return a(t * 32 + r, c) - b(32 + r, 0); });
    }
    expect_tile("mul_reduce_scalar_tile", tile(4),
                [&](uint32_t r, uint32_t c) { return r == 0 && c == 0 ? sum / 4 : 0.0f; });
}

}  // namespace
}  // namespace compute_test
