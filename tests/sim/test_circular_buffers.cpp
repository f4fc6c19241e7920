// Circular buffers against a model of their own: counters, pointers, waits, and what the chip tolerates.
#include "machine_for_tests.h"

#include <base/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace tessera::sim {
namespace {

constexpr uint32_t buffer0 = 200 * 1024, results = 400 * 1024;

TEST(CircularBuffer, RandomProducerAndConsumerKeepOrderAndPointers) {
    // Page i carries the number i. Producer and consumer take random page counts that divide the capacity.
    for (uint32_t seed = 0; seed < 20; ++seed) {
        Machine machine(arch::board("n150"), options());
        TestProgram program;
        program.buffer(0, 0, 5, buffer0, 12, 64);
        program.on(0, 0, Processor::RISCV_1,
                   [] {
                       std::mt19937 random(arg(0));
                       uint32_t sent = 0, at = buffer0;
                       while (sent < 12 * 200) {
                           const uint32_t chunk = std::array{1u, 2u, 3u, 4u, 6u, 12u}[random() % 6];
                           const uint32_t room = 12 - (sent % 12);
                           const uint32_t pages = std::min(chunk, room);
                           tsr_cb_reserve_back(5, pages);
                           if (tsr_ctx->cbs[5].fifo_wr_ptr != at) {
                               tsr_error("model", "write pointer", "");
                           }
                           for (uint32_t i = 0; i < pages; ++i) {
                               l1_word(at + 64 * i) = sent + i;
                           }
                           tsr_cb_push_back(5, pages);
                           sent += pages;
                           at = buffer0 + sent % 12 * 64;
                           if (random() % 4 == 0) {
                               tsr_yield();
                           }
                       }
                   },
                   {seed});
        program.on(0, 0, Processor::RISCV_0,
                   [] {
                       std::mt19937 random(arg(0));
                       uint32_t taken = 0;
                       while (taken < 12 * 200) {
                           const uint32_t pages = std::min<uint32_t>(1 + random() % 12, 12 - taken % 12);
                           tsr_cb_wait_front(5, pages);
                           const uint32_t at = tsr_ctx->cbs[5].fifo_rd_ptr;
                           if (at != buffer0 + taken % 12 * 64) {
                               tsr_error("model", "read pointer", "");
                           }
                           for (uint32_t i = 0; i < pages; ++i) {
                               if (l1_word(at + 64 * i) != taken + i) {
                                   tsr_error("model", "page content", "");
                               }
                           }
                           tsr_cb_pop_front(5, pages);
                           taken += pages;
                       }
                   },
                   {seed * 7 + 1});
        program.run(machine);
    }
}

TEST(CircularBuffer, CountersAreSixteenBitsWide) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.buffer(0, 0, 0, buffer0, 4, 16);
    program.on(0, 0, Processor::RISCV_0, [] {
        for (uint32_t i = 0; i < 65536 + 3; ++i) {
            tsr_cb_reserve_back(0, 1);
            tsr_cb_push_back(0, 1);
            tsr_cb_wait_front(0, 1);
            tsr_cb_pop_front(0, 1);
        }
        l1_word(results) = tsr_cb_counters(0);
    });
    program.run(machine);
    std::vector<uint32_t> counters(1);
    machine.read_l1(0, {0, 0}, results, std::as_writable_bytes(std::span(counters)));
    EXPECT_EQ(counters[0], 3u | 3u << 16);
}

TEST(CircularBuffer, EachProcessorHasItsOwnPointers) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.buffer(0, 0, 0, buffer0, 4, 16);
    program.on(0, 0, Processor::RISCV_1, [] {
        tsr_cb_reserve_back(0, 1);
        tsr_cb_push_back(0, 1);
    });
    program.on(0, 0, Processor::RISCV_0, [] {
        tsr_cb_wait_front(0, 1);
        l1_word(results) = tsr_ctx->cbs[0].fifo_wr_ptr;
    });
    program.run(machine);
    std::vector<uint32_t> stale(1);
    machine.read_l1(0, {0, 0}, results, std::as_writable_bytes(std::span(stale)));
    EXPECT_EQ(stale[0], buffer0);
}

TEST(CircularBuffer, PopWithoutPushAndPushWithoutReserveOnlyMove) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.buffer(0, 0, 0, buffer0, 4, 16);
    program.on(0, 0, Processor::RISCV_0, [] {
        tsr_cb_pop_front(0, 3);
        tsr_cb_push_back(0, 0);
        l1_word(results) = tsr_ctx->cbs[0].fifo_rd_ptr;
        tsr_cb_push_back(0, 4);
        tsr_cb_push_back(0, 1);
        l1_word(results + 4) = tsr_ctx->cbs[0].fifo_wr_ptr;
        l1_word(results + 8) = tsr_cb_counters(0);
        l1_word(results + 12) = tsr_cb_pages_available(0, 2) | tsr_cb_pages_available(0, 3) << 1 |
                                tsr_cb_pages_reservable(0, 2) << 2 | tsr_cb_pages_reservable(0, 3) << 3;
    });
    program.run(machine);
    std::vector<uint32_t> seen(4);
    machine.read_l1(0, {0, 0}, results, std::as_writable_bytes(std::span(seen)));
    EXPECT_THAT(seen, testing::ElementsAre(buffer0 + 48, buffer0 + 16, 5u | 3u << 16, 0b0101u));
}

TEST(CircularBuffer, AskingForMoreThanThereIsEndsTheRunAtOnce) {
    Machine machine(arch::board("n150"), options());
    TestProgram wait, reserve, missing;
    wait.buffer(0, 0, 0, buffer0, 2, 64).on(0, 0, Processor::RISCV_0, [] { tsr_cb_wait_front(0, 3); });
    reserve.buffer(0, 0, 0, buffer0, 2, 64).on(0, 0, Processor::RISCV_0, [] { tsr_cb_reserve_back(0, 3); });
    missing.buffer(0, 0, 0, buffer0, 2, 64).on(0, 0, Processor::RISCV_0, [] { tsr_cb_wait_front(1, 1); }, {}, "w.cpp");
    EXPECT_EQ(error_of(machine, wait), "cb-wait-too-large");
    EXPECT_EQ(error_of(machine, reserve), "cb-wait-too-large");
    std::string text;
    EXPECT_EQ(error_of(machine, missing, &text), "cb-not-configured");
    EXPECT_THAT(text, testing::HasSubstr("core (0,0) of device 0, RISCV_0 (w.cpp)"));
    EXPECT_THAT(text, testing::HasSubstr("configured here: 0"));
}

}  // namespace
}  // namespace tessera::sim
