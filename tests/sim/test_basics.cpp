// One core: memory, circular buffers, reads that land at their barrier.
#include "machine_for_tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::sim {
namespace {

constexpr uint32_t buffer0 = 200 * 1024, buffer1 = 300 * 1024;

TEST(Memory, HostWritesAndReadsDramAndL1) {
    Machine machine(arch::board("n150"), options());
    const std::vector<uint32_t> values{1, 2, 3, 4};
    machine.write_dram(0, 11, 64, bytes_of(values));
    std::vector<uint32_t> back(4);
    machine.read_dram(0, 11, 64, std::as_writable_bytes(std::span(back)));
    EXPECT_EQ(back, values);
    machine.write_l1(0, {7, 7}, 1499136 - 16, bytes_of(values));
    std::fill(back.begin(), back.end(), 0);
    machine.read_l1(0, {7, 7}, 1499136 - 16, std::as_writable_bytes(std::span(back)));
    EXPECT_EQ(back, values);
    EXPECT_THROW(machine.write_l1(0, {7, 7}, 1499136 - 12, bytes_of(values)), Error);
    EXPECT_THROW(machine.write_dram(0, 11, (1u << 30) - 12, bytes_of(values)), Error);
    EXPECT_THROW(machine.write_dram(0, 12, 0, bytes_of(values)), Error);
}

TEST(Reader, BytesLandAtTheBarrierAndNotBefore) {
    Machine machine(arch::board("n150"), options());
    machine.write_dram(0, 3, 1024, bytes_of(std::vector<uint32_t>(16, 7)));
    TestProgram program;
    program.on(0, 0, Processor::RISCV_1, [] {
        l1_word(buffer0) = 5;
        tsr_noc_read(0, dram(3, 1024), buffer0, 64, TSR_NO_TRID);
        l1_word(buffer1) = l1_word(buffer0);
        tsr_noc_read_barrier(0, TSR_NO_TRID);
        l1_word(buffer1 + 4) = l1_word(buffer0);
    });
    program.run(machine);
    std::vector<uint32_t> seen(2);
    machine.read_l1(0, {0, 0}, buffer1, std::as_writable_bytes(std::span(seen)));
    EXPECT_THAT(seen, testing::ElementsAre(5, 7));
}

TEST(Pipeline, ReaderComputeWriterMovesAllPages) {
    Machine machine(arch::board("n150"), options());
    constexpr uint32_t pages = 50, words = 512;
    std::vector<uint32_t> input(pages * words);
    for (uint32_t i = 0; i < input.size(); ++i) {
        input[i] = i * 2654435761u;
    }
    for (uint32_t page = 0; page < pages; ++page) {
        machine.write_dram(0, page % 12, page / 12 * 2048,
                           std::as_bytes(std::span(input).subspan(page * words, words)));
    }
    TestProgram program;
    program.buffer(1, 2, 0, buffer0, 2, 2048).buffer(1, 2, 16, buffer1, 2, 2048);
    program.on(1, 2, Processor::RISCV_1, [] {
        for (uint32_t page = 0; page < 50; ++page) {
            tsr_cb_reserve_back(0, 1);
            tsr_noc_read(0, dram(page % 12, page / 12 * 2048), tsr_ctx->cbs[0].fifo_wr_ptr, 2048, TSR_NO_TRID);
            tsr_noc_read_barrier(0, TSR_NO_TRID);
            tsr_cb_push_back(0, 1);
        }
    });
    program.on(1, 2, Processor::COMPUTE, [] {
        for (uint32_t page = 0; page < 50; ++page) {
            tsr_cb_wait_front(0, 1);
            tsr_cb_reserve_back(16, 1);
            for (uint32_t i = 0; i < 512; ++i) {
                l1_word(tsr_ctx->cbs[16].fifo_wr_ptr + 4 * i) = l1_word(tsr_ctx->cbs[0].fifo_rd_ptr + 4 * i) + 1;
            }
            tsr_cb_pop_front(0, 1);
            tsr_cb_push_back(16, 1);
        }
    });
    program.on(1, 2, Processor::RISCV_0, [] {
        for (uint32_t page = 0; page < 50; ++page) {
            tsr_cb_wait_front(16, 1);
            tsr_noc_write(1, tsr_ctx->cbs[16].fifo_rd_ptr, dram(page % 12, 1 << 20 | page / 12 * 2048, 1), 2048, 0,
                          TSR_NO_TRID);
            tsr_noc_writes_flushed(1, 0, TSR_NO_TRID);
            tsr_cb_pop_front(16, 1);
        }
        tsr_noc_write_barrier(1, TSR_NO_TRID);
    });
    program.run(machine);
    program.run(machine);
    for (uint32_t page = 0; page < pages; ++page) {
        std::vector<uint32_t> output(words);
        machine.read_dram(0, page % 12, 1 << 20 | page / 12 * 2048, std::as_writable_bytes(std::span(output)));
        for (uint32_t i = 0; i < words; ++i) {
            ASSERT_EQ(output[i], input[page * words + i] + 1);
        }
    }
}

}  // namespace
}  // namespace tessera::sim
