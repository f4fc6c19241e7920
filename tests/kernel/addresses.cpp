// Address generators, encodings and arguments against formulas that the headers do not share. The device's functions
// are recorded instead of simulated.
#include <gtest/gtest.h>

#include <tessera/prelude_dataflow.h>

#include "core_for_tests.h"
#include "kernel_config.h"

#include <api/dataflow/dataflow_api.h>

std::vector<Call> calls;
__thread tsr_context* tsr_ctx;

extern "C" {
void tsr_noc_read(uint32_t noc, uint64_t src, uint32_t dst_l1, uint32_t bytes, uint32_t trid) {
    calls.push_back({Call::Read, noc, src, dst_l1, bytes, 0, trid});
}
void tsr_noc_write(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t flags, uint32_t trid) {
    calls.push_back({Call::Write, noc, dst, src_l1, bytes, flags, trid});
}
void tsr_noc_write_multicast(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t dests,
                             uint32_t flags) {
    calls.push_back({Call::Multicast, noc, dst, src_l1, bytes, flags, 0, dests});
}
void tsr_noc_inline_write(uint32_t noc, uint64_t dst, uint32_t value, uint32_t byte_enable, uint32_t flags) {
    calls.push_back({Call::Inline, noc, dst, value, byte_enable, flags});
}
void tsr_noc_inline_write_multicast(uint32_t noc, uint64_t dst, uint32_t value, uint32_t byte_enable, uint32_t dests,
                                    uint32_t flags) {
    calls.push_back({Call::InlineMulticast, noc, dst, value, byte_enable, flags, 0, dests});
}
void tsr_noc_atomic_inc(uint32_t noc, uint64_t dst, uint32_t increment, uint32_t wrap, uint32_t flags) {
    calls.push_back({Call::Increment, noc, dst, increment, wrap, flags});
}
void tsr_noc_atomic_inc_multicast(uint32_t noc, uint64_t dst, uint32_t increment, uint32_t wrap, uint32_t dests,
                                  uint32_t flags) {
    calls.push_back({Call::IncrementMulticast, noc, dst, increment, wrap, flags, 0, dests});
}
void tsr_error(const char* name, const char*, const char*) {
    throw std::runtime_error(name);
}
void tsr_argument_read(uint32_t, uint32_t) {}
uint32_t tsr_pages_watched = 0;
void tsr_page(uint64_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t) {}
uint32_t tsr_unset_runtime_arg(uint32_t index, uint32_t common) {
    return 0xDEAD0000u | common << 8 | (index & 0xFF);
}
void tsr_assert_failed(const char* condition) {
    throw std::logic_error(condition);
}
void tsr_notify_local(volatile uint32_t*) {}
}

namespace {

uint64_t encode(uint16_t xy, uint64_t local) {
    const uint64_t x = xy & 63, y = xy >> 6;
    return y << 42 | x << 36 | local;
}

uint64_t round_up(uint64_t value, uint64_t to) {
    return (value + to - 1) / to * to;
}

TEST(Addresses, PagesOfInterleavedBuffersAreDealtToBanksInTurn) {
    CoreForTests core(7, 140);
    std::mt19937 random(3);
    for (int i = 0; i < 2000; ++i) {
        const uint32_t page = random() % 5000, base = random() % 4096 * 64, size = 1 + random() % 5000;
        const uint32_t offset = random() % size;
        const uint8_t noc = random() % 2;
        const uint64_t in_dram = encode(core.dram_xy[noc][page % 7],
                                        base + page / 7 * round_up(size, 64) + offset + core.dram_offset[page % 7]);
        const uint64_t in_l1 = encode(core.l1_xy[noc][page % 140], base + page / 140 * round_up(size, 16) + offset +
                                                                       core.l1_offset[page % 140] + 8192);
        const InterleavedAddrGen<true> dram = {.bank_base_address = base, .page_size = size};
        const InterleavedAddrGen<false> l1 = {.bank_base_address = base + 8192, .page_size = size};
        ASSERT_EQ(get_noc_addr(page, dram, offset, noc), in_dram);
        ASSERT_EQ(get_noc_addr(page, l1, offset, noc), in_l1);
        ASSERT_EQ(get_dram_noc_addr(page, size, base, offset, noc), in_dram);
        ASSERT_EQ(get_l1_noc_addr(page, size, base + 8192, offset, noc), in_l1);
    }
}

TEST(Addresses, PowerOfTwoPagesAreAtLeastAligned) {
    CoreForTests core(8, 120);
    for (uint32_t log2 = 2; log2 < 16; ++log2) {
        for (uint32_t page : {0u, 1u, 7u, 8u, 9u, 1000u}) {
            const uint64_t distance = std::max(1u << log2, 64u);
            const uint64_t expected =
                encode(core.dram_xy[1][page % 8], 4096 + page / 8 * distance + core.dram_offset[page % 8]);
            const InterleavedPow2AddrGen<true> plain = {.bank_base_address = 4096, .log_base_2_of_page_size = log2};
            const InterleavedPow2AddrGenFast<true> fast = {.bank_base_address = 4096, .log_base_2_of_page_size = log2};
            EXPECT_EQ(plain.get_noc_addr(page), expected);
            EXPECT_EQ(fast.get_noc_addr(page), expected);
        }
    }
    const auto chosen = get_interleaved_addr_gen<true, 96>(64);
    EXPECT_EQ(chosen.get_noc_addr(9), encode(core.dram_xy[1][1], 64 + 128 + core.dram_offset[1]));
}

TEST(Addresses, TilesLieATileOfTheirFormatApart) {
    CoreForTests core(7, 140);
    // Bytes of a 32x32 tile, as the documentation of the formats has them.
    const std::pair<DataFormat, uint32_t> sizes[] = {
        {DataFormat::Float32, 4096}, {DataFormat::Int32, 4096},     {DataFormat::UInt32, 4096},
        {DataFormat::Float16, 2048}, {DataFormat::Float16_b, 2048}, {DataFormat::UInt16, 2048},
        {DataFormat::Bfp8_b, 1088},  {DataFormat::Bfp8, 1088},      {DataFormat::Bfp4_b, 576},
        {DataFormat::Bfp4, 576},     {DataFormat::Bfp2_b, 320},     {DataFormat::UInt8, 1024},
        {DataFormat::Int8, 1024}};
    for (const auto& [format, bytes] : sizes) {
        // The distance comes from the format even where page_size says something else.
        const InterleavedAddrGenFast<true> tiles = {.bank_base_address = 0, .page_size = 32, .data_format = format};
        EXPECT_EQ(tiles.get_noc_addr(23), encode(core.dram_xy[1][2], 3 * bytes + core.dram_offset[2]));
    }
    // Half a tile of a block format keeps one exponent byte a row of 16 values; the smallest keeps 16 bytes.
    EXPECT_EQ(MUL_WITH_TILE_SIZE<512>(static_cast<uint32_t>(DataFormat::Bfp8_b), 1), 512 + 32);
    EXPECT_EQ(MUL_WITH_TILE_SIZE<16>(static_cast<uint32_t>(DataFormat::Bfp8_b), 1), 16 + 16);
}

TEST(Addresses, EncodingsOfNodesAndRectangles) {
    CoreForTests core(12, 64);
    EXPECT_EQ(get_noc_addr(18, 25, 0x12345), 25ull << 42 | 18ull << 36 | 0x12345);
    EXPECT_EQ(get_noc_addr(0x4000), 9ull << 42 | 7ull << 36 | 0x4000);
    EXPECT_EQ(get_noc_addr(0x4000, uint8_t{0}), 6ull << 42 | 5ull << 36 | 0x4000);
    const uint64_t rectangle = get_noc_multicast_addr(1, 2, 3, 4, 0x88);
    EXPECT_EQ(rectangle, 2ull << 54 | 1ull << 48 | 4ull << 42 | 3ull << 36 | 0x88);
    EXPECT_EQ(NOC_MCAST_ADDR_START_X(rectangle), 1u);
    EXPECT_EQ(NOC_MCAST_ADDR_START_Y(rectangle), 2u);
    EXPECT_EQ(NOC_MCAST_ADDR_END_X(rectangle), 3u);
    EXPECT_EQ(NOC_MCAST_ADDR_END_Y(rectangle), 4u);
    EXPECT_EQ(NOC_LOCAL_ADDR_OFFSET(rectangle), 0x88u);
    EXPECT_EQ(get_noc_addr_from_bank_id<true>(3, 100), encode(core.dram_xy[1][3], 100 + core.dram_offset[3]));
    EXPECT_EQ(get_noc_addr_from_bank_id<false>(3, 100), encode(core.l1_xy[1][3], 100));
    EXPECT_EQ(get_semaphore(3), core.context.semaphores_l1 + 48);
}

TEST(Arguments, ComeFromTheHostOrAreAnError) {
    CoreForTests core(12, 64);
    auto* args = reinterpret_cast<uint32_t*>(get_arg_addr(0));
    args[3] = 0x3F800000;
    core.set_common_argument(2, 77);
    EXPECT_EQ(get_arg_val<float>(3), 1.0f);
    EXPECT_EQ(get_common_arg_val<uint32_t>(2), 77u);
    // Arguments that were not set are asked of the device, which ends the run.
    EXPECT_EQ(get_arg_val<uint32_t>(16), 0xDEAD0010u);
    EXPECT_EQ(get_arg_val<uint32_t>(-1), 0xDEAD00FFu);
    EXPECT_EQ(get_common_arg_val<uint32_t>(128), 0xDEAD0180u);
    static_assert(get_compile_time_arg_val(1) == 8);
    static_assert(kernel_compile_time_args[2] == 9 && kernel_compile_time_args.size() == 30);
    static_assert(get_named_compile_time_arg_val("width") == 40);
    static_assert(noc_index == 1 && noc_mode == DM_DEDICATED_NOC);
    static_assert(get_tile_size(1) == 1088 && get_tile_hw(2) == 512 && get_dataformat(1) == DataFormat::Bfp8_b);
}

TEST(Transfers, CarryTheirSizesFlagsAndState) {
    CoreForTests core(12, 64);
    noc_async_read(123, 64, 4096);
    noc_async_read(123, 64, 4096, 0);
    noc_async_read_one_packet_set_state(get_noc_addr(3, 4, 0x1000), 512);
    noc_async_read_one_packet_with_state(0x2000, 0x80);
    noc_async_read_set_state(get_noc_addr(5, 4, 0x1000));
    noc_async_read_with_state(0x3000, 0x90, 96);
    noc_async_read_set_trid(6);
    noc_async_read(1, 2, 3);
    noc_async_read_set_trid(0);
    EXPECT_EQ(calls, (std::vector<Call>{{Call::Read, 1, 123, 64, 4096},
                                        {Call::Read, 0, 123, 64, 4096},
                                        {Call::Read, 1 | TSR_READ_WITH_STATE, get_noc_addr(3, 4, 0x2000), 0x80, 512},
                                        {Call::Read, 1 | TSR_READ_WITH_STATE, get_noc_addr(5, 4, 0x3000), 0x90, 96},
                                        {Call::Read, 1, 1, 2, 3, 0, 6}}));
    calls.clear();
    noc_async_write(64, 123, 4096);
    noc_async_write<NOC_MAX_BURST_SIZE + 1, true, true>(64, 123, 4096, 0);
    noc_async_write_one_packet_set_state(get_noc_addr(3, 4, 0), 32);
    noc_async_write_one_packet_with_state(0x10, 0x20);
    noc_async_write_multicast(16, 99, 64, 5, true);
    noc_async_write_multicast(16, 99, 64, 5, false, true, 0);
    noc_async_write_multicast_loopback_src(16, 99, 64, 5);
    noc_semaphore_set_multicast(16, 99, 5);
    noc_semaphore_inc(99, 2);
    noc_semaphore_inc_multicast(99, 2, 7);
    noc_inline_dw_write(99, 0xAB, 3);
    EXPECT_EQ(calls, (std::vector<Call>{
                         {Call::Write, 1, 123, 64, 4096},
                         {Call::Write, 0, 123, 64, 4096, TSR_NOC_POSTED},
                         {Call::Write, 1, get_noc_addr(3, 4, 0x20), 0x10, 32, TSR_NOC_ONE_PACKET | TSR_NOC_WITH_STATE},
                         {Call::Multicast, 1, 99, 16, 64, TSR_NOC_LINKED, 0, 5},
                         {Call::Multicast, 0, 99, 16, 64, 0, 0, 5},
                         {Call::Multicast, 1, 99, 16, 64, TSR_NOC_LOOPBACK, 0, 5},
                         {Call::Multicast, 1, 99, 16, 4, TSR_NOC_ONE_PACKET, 0, 5},
                         {Call::Increment, 1, 99, 2, 31},
                         {Call::IncrementMulticast, 1, 99, 2, 31, 0, 0, 7},
                         {Call::Inline, 1, 99, 0xAB, 3},
                     }));
}

}  // namespace
