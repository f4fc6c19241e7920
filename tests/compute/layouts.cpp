// Reductions, and row-major data to tiles and back.
#include "on_device.h"

#include <bit>

namespace compute_test {
namespace {

class Reductions : public Compute {};

// Row 0 of the scaler's first face is what counts; the other faces hold it too, as readers fill them.
Matrix scaler(float value) {
    return matrix(32, 32, [=](uint32_t r, uint32_t) { return r % 16 == 0 ? value : 0.0f; });
}

TEST_F(Reductions, SumsAndMaximaAlongEveryDimension) {
    // Two tiles of negative values only: a maximum must not be held against cleared zeros.
    const Matrix a = integers(64, 32, -16, -1, 0.5f, 21);
    std::string body = R"(
        compute_kernel_hw_startup(0, 1, 16);
        cb_push_back(0, 2);
        cb_push_back(1, 1);
    )";
    for (const char* pool : {"SUM", "AVG", "MAX"}) {
        for (const char* dim : {"REDUCE_ROW", "REDUCE_COL", "REDUCE_SCALAR"}) {
            const std::string arguments = std::string("<PoolType::") + pool + ", ReduceDim::" + dim + ">";
            body += "reduce_init" + arguments + "(0, 1, 16);\n";
            body += "section([] { reduce_tile" + arguments + "(0, 1, 0, 0, 0); reduce_tile" + arguments +
                    "(0, 1, 1, 0, 0); });\nreduce_uninit();\n";
        }
    }
    body += "section([] { copy_tile_init(0); copy_tile(0, 0, 0); });";  // nothing is masked any more
    const auto results = run(body,
                             {{.index = 0, .pages = 2, .values = a},
                              {.index = 1, .values = scaler(0.5f)},
                              {.index = 16, .pages = 10, .format = DataFormat::Float32}},
                             {.fp32_dest_acc_en = true});
    // To turn a row of sums into a column, or to sum it up, the matrix unit moves it from DST to a source register,
    // which holds what the input's format holds: of bf16, 8 significant bits.
    const auto moved = [](float v) { return std::bit_cast<float>(std::bit_cast<uint32_t>(v) & 0xFFFF0000u); };
    float top = -1e9f;
    for (const float v : a.values) {
        top = std::max(top, v);
    }
    const auto column = [&](uint32_t tile, uint32_t c) {
        float sum = 0;
        for (uint32_t r = 0; r < 32; ++r) {
            sum += 0.5f * a(tile * 32 + r, c);
        }
        return sum;
    };
    for (uint32_t pool = 0; pool < 3; ++pool) {
        const bool max = pool == 2;
        const auto tile = [&](uint32_t dim) { return tile_of(results.at(16), pool * 3 + dim); };
        expect_tile("REDUCE_ROW", tile(0), [&](uint32_t r, uint32_t c) {
            float sum = 0, most = -1e9f;
            for (uint32_t t = 0; t < 2; ++t) {
                for (uint32_t i = 0; i < 32; ++i) {
                    sum += 0.5f * a(t * 32 + r, i);
                    most = std::max(most, 0.5f * a(t * 32 + r, i));
                }
                sum = moved(sum);
            }
            return c != 0 ? 0.0f : max ? most : sum;
        });
        expect_tile("REDUCE_COL", tile(1), [&](uint32_t r, uint32_t c) {
            float most = -1e9f;
            for (uint32_t i = 0; i < 64; ++i) {
                most = std::max(most, 0.5f * a(i, c));
            }
            return r != 0 ? 0.0f : max ? most : column(0, c) + column(1, c);
        });
        expect_tile("REDUCE_SCALAR", tile(2), [&](uint32_t r, uint32_t c) {
            float sum = 0;
            for (uint32_t t = 0; t < 2; ++t) {
                for (uint32_t i = 0; i < 16; ++i) {
                    sum += 0.5f * moved(column(t, i) + column(t, i + 16));
                }
            }
            return r != 0 || c != 0 ? 0.0f : max ? 0.25f * top : sum;
        });
    }
    expect_tile("after reduce_uninit", tile_of(results.at(16), 9), [&](uint32_t r, uint32_t c) { return a(r, c); });
}

TEST_F(Reductions, BlockMaximum) {
    const Matrix a = integers(96, 32, -50, -1, 1, 22);
    const auto results = run(R"(
        compute_kernel_hw_startup(0, 1, 16);
        cb_push_back(0, 3);
        cb_push_back(1, 1);
        reduce_block_max_row_init<3>();
        section([] { reduce_block_max_row<3>(0, 1, 0, 0); });
        reduce_block_max_row_uninit(0);
    )",
                             {{.index = 0, .pages = 3, .values = a}, {.index = 1, .values = scaler(1)}, {.index = 16}});
    expect_tile("reduce_block_max_row", results.at(16), [&](uint32_t r, uint32_t c) {
        float top = -1e9f;
        for (uint32_t i = 0; i < 96; ++i) {
            top = std::max(top, a(i / 32 * 32 + r, i % 32));
        }
        return c == 0 ? top : 0.0f;
    });
}

class Layouts : public Compute {};

/// The row-major matrix of `height` rows and `width` tiles, as the harness wants it: lines of 32 values.
Matrix lines_of(const Matrix& m) {
    Matrix lines(static_cast<uint32_t>(m.values.size()) / 32, 32);
    lines.values = m.values;
    return lines;
}

TEST_F(Layouts, Tilize) {
    const Matrix m = integers(32, 3 * 32, -100, 100, 1, 31);
    for (const DataFormat format : {DataFormat::Float16_b, DataFormat::Float32}) {
        const auto results = run(R"(
            compute_kernel_hw_startup(0, 16);
            cb_push_back(0, 3);
            tilize_init(0, 3, 16);
            cb_reserve_back(16, 3);
            tilize_block(0, 3, 16);
            tilize_uninit(0, 16);
            cb_push_back(16, 3);
            fast_tilize_init(0, 3, 17);
            fast_tilize_block(0, 3, 17);
            fast_tilize_uninit(0, 17);
        )",
                                 {{.index = 0, .pages = 3, .format = format, .values = lines_of(m), .row_major = true},
                                  {.index = 16, .pages = 3},
                                  {.index = 17, .pages = 3}});
        for (const uint8_t out : {16, 17}) {
            for (uint32_t t = 0; t < 3; ++t) {
                expect_tile("tilize_block", tile_of(results.at(out), t),
                            [&](uint32_t r, uint32_t c) { return m(r, t * 32 + c); });
            }
        }
    }
}

TEST_F(Layouts, Untilize) {
    const Matrix m = integers(32, 4 * 32, -100, 100, 1, 32);
    const Matrix tiles = matrix(128, 32, [&](uint32_t r, uint32_t c) { return m(r % 32, r / 32 * 32 + c); });
    const auto results = run(R"(
        compute_kernel_hw_startup(0, 16);
        cb_push_back(0, 4);
        untilize_init(0);
        untilize_block(0, 4, 16);
        cb_push_back(16, 4);
        untilize_uninit(0);
        // Two blocks of two tiles make lines of four.
        pack_untilize_init<2, 4>(0, 17);
        pack_untilize_block<2, 4>(0, 1, 17, 0);
        cb_pop_front(0, 2);
        pack_untilize_block<2, 4>(0, 1, 17, 1);
        pack_untilize_uninit(17);
        cb_push_back(17, 4);
        pack_untilize_dest_init<2>(18);
        tile_regs_acquire();
        copy_tile(0, 0, 0);
        copy_tile(0, 1, 1);
        tile_regs_commit();
        tile_regs_wait();
        pack_untilize_dest<2>(18);
        tile_regs_release();
        pack_untilize_uninit(18);
    )",
                             {{.index = 0, .pages = 4, .format = DataFormat::Bfp8_b, .values = tiles},
                              {.index = 16, .pages = 4, .row_major = true},
                              {.index = 17, .pages = 4, .row_major = true},
                              {.index = 18, .pages = 2, .row_major = true}});
    for (const uint8_t out : {16, 17}) {
        expect_tile(
            "untilized", results.at(out), [&](uint32_t line, uint32_t c) { return m.values[line * 32 + c]; }, 1);
    }
    expect_tile(
        "pack_untilize_dest", results.at(18),
        [&](uint32_t line, uint32_t c) { return m(line / 2, 64 + line % 2 * 32 + c); }, 1);
}

// A line of a narrow row holds only the first datums of a tile's row.
TEST_F(Layouts, UntilizeNarrowRows) {
    const Matrix m = integers(32, 32, -100, 100, 1, 33);
    const auto results = run(R"(
        compute_kernel_hw_startup(0, 16);
        copy_tile_init(0);
        cb_push_back(0, 1);
        pack_untilize_dest_init<1, 1, true, 8>(16);
        tile_regs_acquire();
        copy_tile(0, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_untilize_dest<1, 1, false, true, 8>(16, 1, 0, 16, 2);
        tile_regs_release();
    )",
                             {{.index = 0, .values = m}, {.index = 16, .row_major = true}});
    for (uint32_t i = 0; i < 16 * 8; ++i) {
        EXPECT_EQ(results.at(16).values[i], m(i / 8, i % 8)) << i;
    }
}

TEST_F(Layouts, RowMajorDataCanNotHaveSharedExponents) {
    const Matrix m = integers(32, 32, -10, 10, 1, 33);
    EXPECT_THAT(
        error_of("compute_kernel_hw_startup(0, 16); untilize_init(0); cb_push_back(0, 1); untilize_block(0, 1, 16);",
                 {{.index = 0, .values = m}, {.index = 16, .format = DataFormat::Bfp8_b}}),
        testing::HasSubstr("unsupported-data-format"));
}

}  // namespace
}  // namespace compute_test
