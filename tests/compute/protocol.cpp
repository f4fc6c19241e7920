// Sections of DST and circular buffers as compute kernels use them, well and badly.
#include "on_device.h"

namespace compute_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Protocol : public Compute {
protected:
    const Matrix a = integers(4 * 32, 32, -100, 100, 1, 51);
    std::vector<Buffer> in_and_out(uint32_t pages = 4) const {
        return {{.index = 0, .pages = 4, .values = a}, {.index = 16, .pages = pages}};
    }
    static std::string with_init(const std::string& body) {
        return "unary_op_init_common(0, 16); cb_push_back(0, 4);\n" + body;
    }
    void expect_in_order(const Matrix& out, uint32_t tiles = 4) const {
        for (uint32_t t = 0; t < tiles; ++t) {
            expect_tile("tile", tile_of(out, t), [&](uint32_t r, uint32_t c) { return a(t * 32 + r, c); });
        }
    }
};

TEST_F(Protocol, EachSectionStartsCleared) {
    const auto results = run(with_init(R"(
        section([] { copy_tile(0, 0, 0); });
        section([] { copy_tile(0, 1, 1); }, 2);  // tile 0 of the other half: nothing was written
        section([] {}, 1);                       // the first half again
    )"),
                             in_and_out());
    const auto zero = [](uint32_t, uint32_t) { return 0.0f; };
    expect_tile("tile", tile_of(results.at(16), 0), [&](uint32_t r, uint32_t c) { return a(r, c); });
    expect_tile("cleared", tile_of(results.at(16), 1), zero);
    expect_tile("tile", tile_of(results.at(16), 2), [&](uint32_t r, uint32_t c) { return a(32 + r, c); });
    expect_tile("cleared", tile_of(results.at(16), 3), zero);
}

// MATH may fill the second half before PACK has taken the first.
TEST_F(Protocol, TwoSectionsInFlight) {
    const auto results = run(with_init(R"(
        tile_regs_acquire();
        copy_tile(0, 0, 0);
        tile_regs_commit();
        tile_regs_acquire();
        copy_tile(0, 1, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, 16);
        tile_regs_release();
        tile_regs_wait();
        pack_tile(0, 16);
        tile_regs_release();
    )"),
                             in_and_out(2));
    expect_in_order(results.at(16), 2);
}

TEST_F(Protocol, OlderNamesAndMixtures) {
    const auto results = run(with_init(R"(
        acquire_dst();
        copy_tile(0, 0, 0);
        pack_tile(0, 16);
        release_dst();
        acquire_dst();  // the older acquire, the newer release
        copy_tile(0, 1, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, 16);
        tile_regs_release();
        tile_regs_acquire();
        copy_tile(0, 2, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, 16);
        tile_regs_release();
        release_dst();  // a section more, with nothing in it
        section([] { copy_tile(0, 3, 0); });
    )"),
                             in_and_out());
    expect_in_order(results.at(16));
}

// PACK's wait may stand before MATH's commit in the text: on the chip they are two processors.
TEST_F(Protocol, WaitBeforeCommit) {
    const auto results = run(with_init(R"(
        tile_regs_acquire();
        tile_regs_wait();
        copy_tile(0, 0, 0);
        pack_tile(0, 16);
        tile_regs_commit();
        tile_regs_release();
    )"),
                             in_and_out(1));
    expect_in_order(results.at(16), 1);
}

TEST_F(Protocol, MistakesEndTheRun) {
    EXPECT_THAT(error_of(with_init("tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_wait(); pack_tile(0, 16);"),
                         in_and_out()),
                HasSubstr("dst-wait-without-commit"));
    EXPECT_THAT(error_of(with_init("tile_regs_acquire(); tile_regs_wait(); tile_regs_release();"), in_and_out()),
                HasSubstr("dst-release-without-commit"));
    EXPECT_THAT(
        error_of(with_init("for (int i = 0; i < 3; ++i) { tile_regs_acquire(); tile_regs_commit(); }"), in_and_out()),
        HasSubstr("dst-section-not-released"));
    EXPECT_THAT(error_of(with_init("for (int i = 0; i < 2; ++i) { tile_regs_acquire(); tile_regs_commit(); }"),
                         in_and_out(), {.dst_full_sync_en = true}),
                HasSubstr("dst-section-not-released"));
}

TEST_F(Protocol, SectionsHoldAsManyTilesAsTheirModeAllows) {
    struct Mode {
        bool wide, full;
        uint32_t tiles;
    };
    for (const Mode mode : {Mode{false, false, 8}, Mode{true, false, 4}, Mode{false, true, 16}, Mode{true, true, 8}}) {
        const auto body = [&](uint32_t index) {
            return with_init("section([] { copy_tile(0, 0, " + std::to_string(index) + "); });");
        };
        const ComputeConfig config{.fp32_dest_acc_en = mode.wide, .dst_full_sync_en = mode.full};
        EXPECT_EQ(error_of(body(mode.tiles - 1), in_and_out(), config), "");
        EXPECT_THAT(error_of(body(mode.tiles), in_and_out(), config),
                    AllOf(HasSubstr("dst-index-out-of-range"), HasSubstr(std::to_string(mode.tiles) + " tiles")));
    }
    EXPECT_THAT(
        error_of(
            with_init("section([] { mm_block_init_short(0, 0, 0, 2, 2); matmul_block(0, 0, 0, 0, 6, 0, 2, 2, 1); });"),
            in_and_out()),
        HasSubstr("dst-index-out-of-range"));
    EXPECT_THAT(error_of(with_init("section([] {}, 9);"), in_and_out(16)), HasSubstr("dst-index-out-of-range"));
}

TEST_F(Protocol, SwitchingTheWidthOfDst) {
    const auto results = run(with_init(R"(
        section([] { copy_tile(0, 0, 7); copy_tile(0, 0, 0); });
        enable_fp32_dest_acc();
        section([] { copy_tile(0, 1, 0); });
        disable_fp32_dest_acc();
        section([] { copy_tile(0, 2, 7); copy_tile(0, 2, 0); });
    )"),
                             in_and_out(3));
    expect_in_order(results.at(16), 3);
    EXPECT_THAT(error_of(with_init("enable_fp32_dest_acc(); section([] { copy_tile(0, 0, 7); });"), in_and_out()),
                HasSubstr("dst-index-out-of-range"));
    EXPECT_THAT(error_of(with_init("tile_regs_acquire(); copy_tile(0, 0, 0); enable_fp32_dest_acc();"), in_and_out()),
                HasSubstr("dst-mode-change-in-section"));
}

TEST_F(Protocol, TilesOutsideTheirCircularBuffer) {
    EXPECT_THAT(error_of(with_init("section([] { copy_tile(0, 4, 0); });"), in_and_out()),
                HasSubstr("tile-past-circular-buffer"));
    EXPECT_THAT(error_of(with_init("cb_pop_front(0, 2); section([] { copy_tile(0, 2, 0); });"), in_and_out()),
                HasSubstr("tile-past-circular-buffer"));
    EXPECT_THAT(error_of(with_init("section([] { copy_tile(0, 0, 0); }, 3);"), in_and_out(2)),
                HasSubstr("pack-past-circular-buffer"));
    EXPECT_THAT(error_of(with_init("section([] { tile_regs_wait(); pack_tile<true>(0, 16, 2); });"), in_and_out(2)),
                HasSubstr("pack-past-circular-buffer"));
    EXPECT_THAT(error_of(with_init("section([] { copy_tile(5, 0, 0); });"), in_and_out()), HasSubstr("c_5"));
}

// (a + a) through an intermediate buffer that this kernel writes and reads, twice around its two pages.
TEST_F(Protocol, IntermediateBuffers) {
    const auto results = run(R"(
        binary_op_init_common(0, 0, 16);
        cb_push_back(0, 4);
        for (uint32_t t = 0; t < 4; ++t) {
            cb_wait_front(0, 1);
            cb_reserve_back(24, 1);
            section([] { add_tiles_init(0, 0); add_tiles(0, 0, 0, 0, 0); }, 1, 24);
            cb_push_back(24, 1);
            cb_wait_front(24, 1);
            cb_reserve_back(16, 1);
            section([] { sub_tiles_init(24, 0); sub_tiles(24, 0, 0, 0, 0); });
            cb_push_back(16, 1);
            cb_pop_front(24, 1);
            cb_pop_front(0, 1);
        }
    )",
                             {{.index = 0, .pages = 4, .values = integers(128, 32, -60, 60, 1, 51)},
                              {.index = 24, .pages = 2},
                              {.index = 16, .pages = 4}});
    const Matrix small = integers(128, 32, -60, 60, 1, 51);
    for (uint32_t t = 0; t < 4; ++t) {
        expect_tile("tile", tile_of(results.at(16), t), [&](uint32_t r, uint32_t c) { return small(t * 32 + r, c); });
    }
}

// c_16 and c_24 over the same bytes: partial sums in c_24, then the results in c_16, each with counters of its own.
TEST_F(Protocol, TwoIndicesOverOneAllocation) {
    const auto results = run(R"(
        unary_op_init_common(0, 16);
        cb_push_back(0, 4);
        cb_reserve_back(24, 2);
        section([] { copy_tile(0, 0, 0); copy_tile(0, 1, 1); }, 2, 24);
        cb_push_back(24, 2);
        cb_wait_front(24, 2);
        tile_regs_acquire();
        copy_tile(24, 0, 0);
        copy_tile(24, 1, 1);
        cb_pop_front(24, 2);
        binary_dest_reuse_tiles_init<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(0);
        binary_dest_reuse_tiles<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(0, 2, 0);
        binary_dest_reuse_tiles<ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCA>(0, 3, 1);
        tile_regs_commit();
        cb_reserve_back(16, 2);
        tile_regs_wait();
        pack_tile_block(0, 16, 2);
        tile_regs_release();
        cb_push_back(16, 2);
    )",
                             {{.index = 0, .pages = 4, .values = a}, {.index = 16, .pages = 2, .also_index = {24}}});
    for (uint32_t t = 0; t < 2; ++t) {
        expect_tile("tile", tile_of(results.at(16), t),
                    [&](uint32_t r, uint32_t c) { return a(t * 32 + r, c) - a(64 + t * 32 + r, c); });
    }
}

// The fields of a circular buffer as a compute kernel sees them: in units of 16 bytes, and writable.
TEST_F(Protocol, LocalCircularBufferInterface) {
    const auto results = run(with_init(R"(
        LocalCBInterface& cb = get_local_cb_interface(0);
        ASSERT(cb.fifo_num_pages == 4 && cb.fifo_page_size == 128 && cb.fifo_size == 512);
        ASSERT(cb.fifo_limit - cb.fifo_size == cb.fifo_rd_ptr && cb.tiles_received == 4 && cb.tiles_acked == 0);
        cb.fifo_rd_ptr += 2 * cb.fifo_page_size;
        section([] { copy_tile(0, 0, 0); });
        cb.fifo_rd_ptr = cb.fifo_limit - cb.fifo_size;
        cb_pop_front(0, 1);
        ASSERT(cb.tiles_acked == 1);
        section([] { copy_tile(0, 0, 0); });
        ASSERT(get_local_cb_interface(16).fifo_wr_tile_ptr == 2);
        section([] { copy_tile(0, 2, 0); });
    )"),
                             in_and_out(3));
    const uint32_t order[] = {2, 1, 3};
    for (uint32_t t = 0; t < 3; ++t) {
        expect_tile("tile", tile_of(results.at(16), t),
                    [&](uint32_t r, uint32_t c) { return a(order[t] * 32 + r, c); });
    }
}

// The lower-level calls that some kernels make: an unpack and its math call in either order.
TEST_F(Protocol, LowerLevelNames) {
    const auto results = run(with_init(R"(
        UNPACK((llk_unpack_A_init<BroadcastType::NONE, false, EltwiseBinaryReuseDestType::NONE, false>(0, 0, 0)));
        llk_math_wait_for_dest_available();
        llk_math_eltwise_unary_datacopy<A2D, false, BroadcastType::NONE, false>(0, 0);
        llk_unpack_A<BroadcastType::NONE, false, EltwiseBinaryReuseDestType::NONE, false>(0, 0);
        llk_math_dest_section_done<false>();
        llk_packer_wait_for_math_done();
        llk_pack<false, false>(0, 16);
        llk_pack_dest_section_done<false>();
        llk_math_wait_for_dest_available();
        llk_unpack_AB_init<BroadcastType::NONE>(0, 0);
        llk_math_eltwise_binary_init<ELWSUB, BroadcastType::NONE, 0>();
        llk_unpack_AB(0, 0, 1, 2);
        llk_math_eltwise_binary<ELWSUB, BroadcastType::NONE, false, 0>(0, 0, 0);
        llk_math_dest_section_done<false>();
        llk_packer_wait_for_math_done();
        llk_pack<false, false>(0, 16);
        llk_pack_dest_section_done<false>();
    )"),
                             in_and_out(2));
    expect_in_order(results.at(16), 1);
    expect_tile("difference", tile_of(results.at(16), 1),
                [&](uint32_t r, uint32_t c) { return a(32 + r, c) - a(64 + r, c); });
}

TEST_F(Protocol, RawInstructionsAreNamedWhenReached) {
    const std::string body = "if (get_compile_time_arg_val(0)) { TTI_SFPMAD(1, 2, 3, 4, 0); } TTI_SFPNOP;";
    EXPECT_EQ(error_of(with_init(body), in_and_out(), {.compile_args = {0}}), "");
    EXPECT_THAT(error_of(with_init(body), in_and_out(), {.compile_args = {1}}), HasSubstr("SFPMAD"));
}

}  // namespace
}  // namespace compute_test
