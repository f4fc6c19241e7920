// The packer: where tiles go, what it does to values on their way, and switching formats.
#include "on_device.h"

namespace compute_test {
namespace {

class Packing : public Compute {};

const std::string load_four = R"(
    unary_op_init_common(0, 16);
    cb_push_back(0, 4);
    tile_regs_acquire();
    for (uint32_t t = 0; t < 4; ++t) {
        copy_tile(0, t, t);
    }
    tile_regs_commit();
    tile_regs_wait();
)";

TEST_F(Packing, OrderAndPages) {
    const Matrix a = integers(4 * 32, 32, -100, 100, 1, 41);
    const auto results = run(load_four + R"(
        cb_reserve_back(16, 3);
        pack_tile(2, 16);
        pack_tile(0, 16);
        pack_tile(1, 16);
        cb_push_back(16, 3);  // the next sequential page is counted from here
        pack_tile(3, 16);
        pack_tile<true>(0, 17, 3);
        pack_tile<true>(1, 17, 0);
        pack_tile(2, 17, 3);  // without <true> the page is not a choice
        pack_tile_block(0, 18, 4);
        tile_regs_release();
    )",
                             {{.index = 0, .pages = 4, .values = a},
                              {.index = 16, .pages = 4},
                              {.index = 17, .pages = 4},
                              {.index = 18, .pages = 4}});
    const auto is = [&](uint8_t cb, uint32_t page, uint32_t tile) {
        SCOPED_TRACE(testing::Message() << "page " << page << " of c_" << unsigned{cb});
        expect_tile("page", tile_of(results.at(cb), page), [&](uint32_t r, uint32_t c) { return a(tile * 32 + r, c); });
    };
    is(16, 0, 2);
    is(16, 1, 0);
    is(16, 2, 1);
    is(16, 3, 3);
    is(17, 3, 0);
    is(17, 0, 2);
    for (uint32_t t = 0; t < 4; ++t) {
        is(18, t, t);
    }
}

TEST_F(Packing, Relu) {
    const Matrix a = integers(4 * 32, 32, -100, 100, 0.5f, 42);
    const auto results = run(load_four + R"(
        PACK((llk_pack_relu_config(ReluType::ZERO_RELU)));
        pack_tile(0, 16);
        PACK((llk_pack_relu_config(static_cast<uint32_t>(ReluType::MIN_THRESHOLD_RELU) | 0x4120u << 16)));  // 10
        pack_tile(1, 16);
        PACK((llk_pack_relu_config(static_cast<uint32_t>(ReluType::MAX_THRESHOLD_RELU) | 0x4120u << 16)));
        pack_tile(2, 16);
        PACK((llk_pack_relu_config(ReluType::NO_RELU)));
        pack_tile(3, 16);
        tile_regs_release();
    )",
                             {{.index = 0, .pages = 4, .values = a}, {.index = 16, .pages = 4}});
    const auto value = [&](uint32_t t) { return [&a, t](uint32_t r, uint32_t c) { return a(t * 32 + r, c); }; };
    const auto out = [&](uint32_t t) { return tile_of(results.at(16), t); };
    expect_tile("zero", out(0), [&](uint32_t r, uint32_t c) { return std::max(0.0f, value(0)(r, c)); });
    expect_tile("min", out(1), [&](uint32_t r, uint32_t c) {
        const float v = value(1)(r, c);
        return v <= 10 ? 0 : v;
    });
    expect_tile("max", out(2), [&](uint32_t r, uint32_t c) { return std::min(10.0f, std::max(0.0f, value(2)(r, c))); });
    expect_tile("off", out(3), value(3));
}

TEST_F(Packing, AccumulatesInL1) {
    for (const DataFormat format : {DataFormat::Float16_b, DataFormat::Float32}) {
        const Matrix a = integers(4 * 32, 32, -20, 20, 1, 43);
        const auto results = run(load_four + R"(
            pack_reconfig_l1_acc(0);
            pack_tile<true>(0, 16, 0);
            pack_reconfig_l1_acc(1);
            pack_tile<true>(1, 16, 0);
            pack_tile<true>(2, 16, 0);
            pack_reconfig_l1_acc(0);
            pack_tile<true>(3, 16, 1);
            tile_regs_release();
        )",
                                 {{.index = 0, .pages = 4, .values = a}, {.index = 16, .pages = 2, .format = format}});
        expect_tile("sum", tile_of(results.at(16), 0),
                    [&](uint32_t r, uint32_t c) { return a(r, c) + a(32 + r, c) + a(64 + r, c); });
        expect_tile("off", tile_of(results.at(16), 1), [&](uint32_t r, uint32_t c) { return a(96 + r, c); });
    }
    const Matrix a = integers(4 * 32, 32, -20, 20, 1, 43);
    EXPECT_THAT(error_of(load_four + "pack_reconfig_l1_acc(1); pack_tile(0, 16); tile_regs_release();",
                         {{.index = 0, .pages = 4, .values = a}, {.index = 16, .format = DataFormat::Bfp8_b}}),
                testing::HasSubstr("can't accumulate in L1 in format Bfp8_b"));
}

// A kernel that reads and writes circular buffers of every format in turn.
TEST_F(Packing, FormatsFollowTheCircularBuffers) {
    const Matrix a = integers(32, 32, -7, 7, 1, 44), b = integers(32, 32, -7, 7, 1, 45);
    const auto results = run(R"(
        binary_op_init_common(0, 1, 16);
        cb_push_back(0, 1);
        cb_push_back(1, 1);
        tile_regs_acquire();
        add_tiles_init(0, 1);
        add_tiles(0, 1, 0, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        for (uint32_t cb = 16; cb < 20; ++cb) {
            cb_reserve_back(cb, 1);
            pack_reconfig_data_format(cb);
            pack_tile(0, cb);
            cb_push_back(cb, 1);
        }
        tile_regs_release();
        // What was packed, read again in its new format: (a + b) - b.
        for (uint32_t cb = 16; cb < 20; ++cb) {
            cb_wait_front(cb, 1);
            reconfig_data_format(cb, 1);
            pack_reconfig_data_format(cb, 24);
            sub_tiles_init(cb, 1);
            section([=] { sub_tiles(cb, 1, 0, 0, 0); }, 1, 24);
            cb_pop_front(cb, 1);
        }
    )",
                             {{.index = 0, .format = DataFormat::Bfp4_b, .values = a},
                              {.index = 1, .format = DataFormat::Float32, .values = b},
                              {.index = 16, .format = DataFormat::Float32},
                              {.index = 17, .format = DataFormat::Float16_b},
                              {.index = 18, .format = DataFormat::Bfp8_b},
                              {.index = 19, .format = DataFormat::Float16},
                              {.index = 24, .pages = 4}},
                             {.fp32_dest_acc_en = true});
    for (uint8_t cb = 16; cb < 20; ++cb) {
        SCOPED_TRACE(unsigned{cb});
        expect_tile("sum", results.at(cb), [&](uint32_t r, uint32_t c) { return a(r, c) + b(r, c); });
        expect_tile("back", tile_of(results.at(24), cb - 16), [&](uint32_t r, uint32_t c) { return a(r, c); });
    }
}

// Halves round away from zero into bf16; sixteen values share an exponent in a block float.
TEST_F(Packing, Roundings) {
    const Matrix a = matrix(32, 32, [](uint32_t r, uint32_t c) {
        const float v = 1.0f + static_cast<float>(c) / 256;
        return r % 2 == 0 ? v : -v;
    });
    ComputeConfig config{.fp32_dest_acc_en = true};
    config.unpack_to_dest_mode.assign(32, UnpackToDestMode::UnpackToDestFp32);
    const auto results = run(R"(
        unary_op_init_common(0, 16);
        cb_push_back(0, 1);
        section([] { copy_tile(0, 0, 0); pack_reconfig_data_format(16); });
        section([] { copy_tile(0, 0, 0); pack_reconfig_data_format(17); }, 1, 17);
    )",
                             {{.index = 0, .format = DataFormat::Float32, .values = a},
                              {.index = 16},
                              {.index = 17, .format = DataFormat::Bfp8_b}},
                             config);
    expect_tile("bf16", results.at(16), [&](uint32_t r, uint32_t c) {
        const float v = 1.0f + static_cast<float>((c + 1) / 2) / 128;
        return r % 2 == 0 ? v : -v;
    });
    expect_tile("bfp8", results.at(17), [&](uint32_t r, uint32_t c) {
        // The packer drops to bf16 (truncating) before it rounds to a magnitude of 7 bits.
        const float v = static_cast<float>((128 + c / 2 + 1) / 2) / 64;
        return r % 2 == 0 ? v : -v;
    });
}

TEST_F(Packing, PackRows) {
    const Matrix a = integers(32, 32, -100, 100, 1, 46);
    const auto results = run(R"(
        unary_op_init_common(0, 16);
        cb_push_back(0, 1);
        tile_regs_acquire();
        copy_tile(0, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_rows_init(4);
        pack_rows(0, 16);
        pack_rows_uninit();
        tile_regs_release();
    )",
                             {{.index = 0, .values = a}, {.index = 16, .row_major = true}});
    for (uint32_t i = 0; i < 64; ++i) {
        EXPECT_EQ(results.at(16).values[i], a(i / 16, i % 16)) << i;
    }
}

}  // namespace
}  // namespace compute_test
