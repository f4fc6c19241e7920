// Copies, sums, differences and products of tiles, with broadcasts, accumulation and operands from DST.
#include "on_device.h"

namespace compute_test {
namespace {

// One tile of output for each line, in the order of the kernel below.
struct Case {
    const char* name;
    std::function<float(uint32_t, uint32_t)> value;
};

const std::string kernel = R"(
    binary_op_init_common(0, 1, 16);
    cb_push_back(0, 2);
    cb_push_back(1, 2);
    cb_wait_front(0, 2);
    cb_wait_front(1, 2);
    cb_reserve_back(16, PAGES);
    section([] { copy_tile_init(0); copy_tile(0, 1, 0); });
    section([] { add_tiles_init(0, 1); add_tiles(0, 1, 0, 1, 0); });
    section([] { sub_tiles_init(0, 1); sub_tiles(0, 1, 0, 1, 0); });
    section([] { mul_tiles_init(0, 1); mul_tiles(0, 1, 0, 1, 0); });
    section([] { add_bcast_rows_init_short(0, 1); add_tiles_bcast_rows(0, 1, 0, 1, 0); });
    section([] { add_bcast_cols_init_short(0, 1); add_tiles_bcast_cols(0, 1, 0, 1, 0); });
    section([] { add_bcast_scalar_init_short(0, 1); add_tiles_bcast_scalar(0, 1, 0, 1, 0); });
    section([] { init_bcast<ELWSUB, BroadcastType::ROW>(0, 1, 16); sub_tiles_bcast<BroadcastType::ROW>(0, 1, 0, 1, 0); });
    section([] { sub_bcast_cols_init_short(0, 1); sub_tiles_bcast_cols(0, 1, 0, 1, 0); });
    section([] { sub_tiles_bcast_scalar_init_short(0, 1); sub_tiles_bcast_scalar(0, 1, 0, 1, 0); });
    section([] { mul_bcast_rows_init_short(0, 1); mul_tiles_bcast_rows(0, 1, 0, 1, 0); });
    section([] { mul_bcast_cols_init_short(0, 1); mul_tiles_bcast_cols(0, 1, 0, 1, 0); });
    section([] { mul_tiles_bcast_scalar_init_short(0, 1); mul_tiles_bcast_scalar(0, 1, 0, 1, 0); });
    section([] { add_bcast_rows_init_short(0, 1); add_tiles_bcast_rows(0, 1, 0, 1, 0, 19); });
    section([] { unary_bcast_init<BroadcastType::ROW>(0, 16); unary_bcast<BroadcastType::ROW>(0, 1, 0); });
    section([] { unary_bcast_init<BroadcastType::COL>(0, 16); unary_bcast<BroadcastType::COL>(0, 1, 0); });
    section([] { unary_bcast_init<BroadcastType::SCALAR>(0, 16); unary_bcast<BroadcastType::SCALAR>(0, 1, 0); });
    reconfig_data_format(0, 1);
    section([] { add_tiles_init(0, 1, true); add_tiles(0, 1, 0, 0, 0); add_tiles(0, 1, 1, 1, 0); });
    section([] { sub_tiles_init(0, 1, true); sub_tiles(0, 1, 0, 0, 0); sub_tiles(0, 1, 1, 1, 0); });
    section([] { mul_tiles_init(0, 1); mul_tiles(0, 1, 0, 0, 0); mul_tiles(0, 1, 1, 1, 0); });
    section([] { add_tiles_init(0, 1); add_tiles(0, 1, 0, 0, 0); add_tiles(0, 1, 1, 1, 0); });
    section([] {
        copy_tile_init(0);
        copy_tile(0, 0, 0);
        binary_dest_reuse_tiles_init<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(1);
        binary_dest_reuse_tiles<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(1, 1, 0);
    });
    section([] {
        copy_tile_init(0);
        copy_tile(0, 0, 0);
        reconfig_data_format_srca(1);
        binary_dest_reuse_tiles_init<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(1);
        binary_dest_reuse_tiles<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(1, 1, 0);
        reconfig_data_format_srca(0);
    });
    section([] {
        copy_tile_init(0);
        copy_tile(0, 0, 0);
        binary_dest_reuse_tiles_init<ELWMUL, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(1);
        binary_dest_reuse_tiles<ELWMUL, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(1, 1, 0);
    });
    section([] {
        copy_tile_init(0);
        copy_tile(0, 0, 0);
        reconfig_data_format_srca(1);
        binary_dest_reuse_tiles_init<ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(1);
        binary_dest_reuse_tiles<ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(1, 0, 0);
        reconfig_data_format_srca(0);
    });
    transpose_wh_init(0, 16);
    section([] { transpose_wh_tile(0, 1, 0); });
    transpose_wh_uninit(0, 16);
    section([] { copy_tile_init(0); copy_tile(0, 0, 0); transpose_wh_dest_init_short(); transpose_wh_dest(0); });
    section([] { copy_tile_to_dst_init_short(0, 1); copy_tile(0, 0, 0); copy_tile_to_dst_init_short(0, 0); });
    section([] { copy_block_matmul_partials(0, 0, 0, 2); }, 2);
    cb_push_back(16, PAGES);
)";

class Elementwise : public Compute {
protected:
    void check(DataFormat in0, DataFormat in1, DataFormat out, ComputeConfig config) {
        const Matrix a = integers(64, 32, -7, 7, 0.25f, 1), b = integers(64, 32, -7, 7, 0.5f, 2);
        const auto at = [](const Matrix& m, uint32_t tile) {
            return [&m, tile](uint32_t r, uint32_t c) { return m(tile * 32 + r, c); };
        };
        const auto a0 = at(a, 0), a1 = at(a, 1), b0 = at(b, 0), b1 = at(b, 1);
        const std::vector<Case> cases = {
            {"copy_tile", [&](uint32_t r, uint32_t c) { return a1(r, c); }},
            {"add_tiles", [&](uint32_t r, uint32_t c) { return a0(r, c) + b1(r, c); }},
            {"sub_tiles", [&](uint32_t r, uint32_t c) { return a0(r, c) - b1(r, c); }},
            {"mul_tiles", [&](uint32_t r, uint32_t c) { return a0(r, c) * b1(r, c); }},
            {"add rows", [&](uint32_t r, uint32_t c) { return a0(r, c) + b1(0, c); }},
            {"add cols", [&](uint32_t r, uint32_t c) { return a0(r, c) + b1(r, 0); }},
            {"add scalar", [&](uint32_t r, uint32_t c) { return a0(r, c) + b1(0, 0); }},
            {"sub rows", [&](uint32_t r, uint32_t c) { return a0(r, c) - b1(0, c); }},
            {"sub cols", [&](uint32_t r, uint32_t c) { return a0(r, c) - b1(r, 0); }},
            {"sub scalar", [&](uint32_t r, uint32_t c) { return a0(r, c) - b1(0, 0); }},
            {"mul rows", [&](uint32_t r, uint32_t c) { return a0(r, c) * b1(0, c); }},
            {"mul cols", [&](uint32_t r, uint32_t c) { return a0(r, c) * b1(r, 0); }},
            {"mul scalar", [&](uint32_t r, uint32_t c) { return a0(r, c) * b1(0, 0); }},
            {"add row 19", [&](uint32_t r, uint32_t c) { return a0(r, c) + b1(19, c); }},
            {"unary_bcast row", [&](uint32_t, uint32_t c) { return a1(0, c); }},
            {"unary_bcast col", [&](uint32_t r, uint32_t) { return a1(r, 0); }},
            {"unary_bcast scalar", [&](uint32_t, uint32_t) { return a1(0, 0); }},
            {"add acc_to_dest", [&](uint32_t r, uint32_t c) { return a0(r, c) + b0(r, c) + a1(r, c) + b1(r, c); }},
            {"sub acc_to_dest", [&](uint32_t r, uint32_t c) { return a0(r, c) - b0(r, c) + a1(r, c) - b1(r, c); }},
            {"mul accumulates", [&](uint32_t r, uint32_t c) { return a0(r, c) * b0(r, c) + a1(r, c) * b1(r, c); }},
            {"add overwrites", [&](uint32_t r, uint32_t c) { return a1(r, c) + b1(r, c); }},
            {"dest - cb", [&](uint32_t r, uint32_t c) { return a0(r, c) - b1(r, c); }},
            {"cb - dest", [&](uint32_t r, uint32_t c) { return b1(r, c) - a0(r, c); }},
            {"dest * cb", [&](uint32_t r, uint32_t c) { return a0(r, c) * b1(r, c); }},
            {"cb + dest", [&](uint32_t r, uint32_t c) { return a0(r, c) + b0(r, c); }},
            {"transpose_wh_tile", [&](uint32_t r, uint32_t c) { return a1(c, r); }},
            {"transpose_wh_dest", [&](uint32_t r, uint32_t c) { return a0(c, r); }},
            {"copy_tile transposed", [&](uint32_t r, uint32_t c) { return a0(c, r); }},
            {"copy_block 0", [&](uint32_t r, uint32_t c) { return a0(r, c); }},
            {"copy_block 1", [&](uint32_t r, uint32_t c) { return a1(r, c); }},
        };
        const auto pages = static_cast<uint32_t>(cases.size());
        config.defines["PAGES"] = std::to_string(pages);
        const auto results = run(kernel,
                                 {{.index = 0, .pages = 2, .format = in0, .values = a},
                                  {.index = 1, .pages = 2, .format = in1, .values = b},
                                  {.index = 16, .pages = pages, .format = out}},
                                 config);
        // Values are multiples of 1/8 below 32: exact, except where 16 of them share an exponent.
        const float tolerance = out == DataFormat::Bfp8_b ? 0.125f : 0.0f;
        for (uint32_t i = 0; i < pages; ++i) {
            expect_tile(cases[i].name, tile_of(results.at(16), i), cases[i].value, tolerance);
        }
    }
};

TEST_F(Elementwise, Bfloat16) {
    check(DataFormat::Float16_b, DataFormat::Float16_b, DataFormat::Float16_b, {});
}

TEST_F(Elementwise, Float32WithFloat32DestFullSync) {
    check(DataFormat::Float32, DataFormat::Float32, DataFormat::Float32,
          {.fp32_dest_acc_en = true, .dst_full_sync_en = true});
}

TEST_F(Elementwise, Float16) {
    check(DataFormat::Float16, DataFormat::Float16, DataFormat::Float16, {.dst_full_sync_en = true});
}

TEST_F(Elementwise, BlockFloatsToMixedFormats) {
    check(DataFormat::Bfp8_b, DataFormat::Bfp8_b, DataFormat::Bfp8_b, {});
    check(DataFormat::Float16_b, DataFormat::Bfp8_b, DataFormat::Float32, {.fp32_dest_acc_en = true});
}

// Tiles of fewer rows or columns than 32.
TEST_F(Elementwise, SmallTiles) {
    for (const Shape shape : {Shape{16, 32}, Shape{32, 16}, Shape{16, 16}, Shape{4, 32}}) {
        SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
        const Matrix a = integers(shape.rows, shape.cols, -7, 7, 0.25f, 1);
        const Matrix b = integers(shape.rows, shape.cols, -7, 7, 0.5f, 2);
        const auto results = run(R"(
            binary_op_init_common(0, 1, 16);
            cb_push_back(0, 1);
            cb_push_back(1, 1);
            section([] { copy_tile_init(0); copy_tile(0, 0, 0); });
            section([] { add_tiles_init(0, 1); add_tiles(0, 1, 0, 0, 0); });
            section([] { mul_bcast_rows_init_short(0, 1); mul_tiles_bcast_rows(0, 1, 0, 0, 0); });
            section([] { mul_bcast_cols_init_short(0, 1); mul_tiles_bcast_cols(0, 1, 0, 0, 0); });
        )",
                                 {{.index = 0, .values = a, .tile = shape},
                                  {.index = 1, .values = b, .tile = shape},
                                  {.index = 16, .pages = 4, .tile = shape}});
        const auto out = [&](uint32_t t) { return tile_of(results.at(16), t, shape.rows); };
        expect_tile("copy_tile", out(0), [&](uint32_t r, uint32_t c) { return a(r, c); });
        expect_tile("add_tiles", out(1), [&](uint32_t r, uint32_t c) { return a(r, c) + b(r, c); });
        expect_tile("mul rows", out(2), [&](uint32_t r, uint32_t c) { return a(r, c) * b(0, c); });
        expect_tile("mul cols", out(3), [&](uint32_t r, uint32_t c) { return a(r, c) * b(r, 0); });
    }
}

// Float32 data keep their low mantissa bits only when they are unpacked straight to a 32-bit DST.
TEST_F(Elementwise, UnpackToDest) {
    const Matrix a =
        matrix(32, 32, [](uint32_t r, uint32_t c) { return 1.0f + static_cast<float>(r * 32 + c) / 8388608; });
    const std::string body = "unary_op_init_common(0, 16); cb_push_back(0, 1); section([] { copy_tile(0, 0, 0); });";
    const std::vector<Buffer> buffers = {{.index = 0, .format = DataFormat::Float32, .values = a},
                                         {.index = 16, .format = DataFormat::Float32}};
    ComputeConfig exact{.fp32_dest_acc_en = true};
    exact.unpack_to_dest_mode.assign(32, UnpackToDestMode::Default);
    const auto through_source = run(body, buffers, exact);
    expect_tile("through SrcA", through_source.at(16), [](uint32_t, uint32_t) { return 1.0f; });
    exact.unpack_to_dest_mode[0] = UnpackToDestMode::UnpackToDestFp32;
    expect_tile("straight", run(body, buffers, exact).at(16), [&](uint32_t r, uint32_t c) { return a(r, c); });
}

TEST_F(Elementwise, IntegersKeepAllTheirBits) {
    const Matrix a = integers(32, 32, -8000000, 8000000, 1, 5);
    ComputeConfig config{.fp32_dest_acc_en = true};
    config.unpack_to_dest_mode.assign(32, UnpackToDestMode::UnpackToDestFp32);
    const auto results = run(
        "unary_op_init_common(0, 16); cb_push_back(0, 1); section([] { copy_tile(0, 0, 0); });",
        {{.index = 0, .format = DataFormat::Int32, .values = a}, {.index = 16, .format = DataFormat::Int32}}, config);
    expect_tile("Int32", results.at(16), [&](uint32_t r, uint32_t c) { return a(r, c); });
}

}  // namespace
}  // namespace compute_test
