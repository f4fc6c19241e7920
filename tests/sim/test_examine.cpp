// A run that takes long looks whether it gets anywhere: what goes round in the same states for ever is found, also
// where it calls functions; what gets on, however slowly and with however little to see, is let be.
#include "machine_for_tests.h"

#include <base/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::sim {
namespace {

using testing::HasSubstr;

constexpr uint32_t flag = 200 * 1024, counter = 201 * 1024, landed = 202 * 1024;

Options impatient(unsigned threads) {
    Options result = options(threads);
    result.examine_after_ms = 20;
    result.watchdog_seconds = 60;
    return result;
}

/// With a sanitizer a kernel's variables are elsewhere than on its stack, or more is on it than the kernel's own.
constexpr bool is_sanitized =
#if defined(TESSERA_ASAN) || defined(TESSERA_TSAN)
    true;
#else
    false;
#endif

/// What the compiler's pass adds to a loop that calls functions.
void turn(uint32_t kind = 0) {
    if (--tsr_ctx->poll_budget < 0) {
        tsr_poll_slow(kind);
    }
}

uint32_t look(uint32_t address) {
    return *const_cast<volatile uint32_t*>(&l1_word(address));
}

void read_word(uint64_t from) {
    tsr_noc_read(0, from, landed, 32, TSR_NO_TRID);
    tsr_noc_read_barrier(0, TSR_NO_TRID);
}

uint32_t word(Machine& machine, uint16_t x, uint16_t y, uint32_t address) {
    std::vector<uint32_t> value(1);
    machine.read_l1(0, {x, y}, address, std::as_writable_bytes(std::span(value)));
    return value[0];
}

/// Waits for a flag that nobody sets, and signals somebody each time.
void signals_for_ever() {
    while (look(flag) == 0) {
        tsr_noc_inline_write(0, worker(7, 7, counter), 5, 0xF, 0);
        tsr_noc_write_barrier(0, TSR_NO_TRID);
        turn();
    }
}

TEST(Examine, ALoopThatSignalsForEverIsALivelock) {
    if (is_sanitized) {
        GTEST_SKIP();
    }
    for (const unsigned threads : {1u, 2u, 3u}) {
        for (const uint16_t columns : {1, 6}) {
            Machine machine(arch::board("n150"), impatient(threads));
            TestProgram program;
            for (uint16_t x = 0; x < columns; ++x) {
                program.on(x, 0, Processor::RISCV_1, signals_for_ever, {}, "signals.cpp");
            }
            program.on(0, 3, Processor::RISCV_0, [] { tsr_wait_word(&l1_word(flag), 1, TSR_WAIT_EQUAL); });
            std::string text;
            EXPECT_EQ(error_of(machine, program, &text), "livelock");
            EXPECT_THAT(text, HasSubstr(columns == 1 ? "1 processor goes through the same states again and again"
                                                     : "6 processors go through the same states again and again"));
            EXPECT_THAT(text, HasSubstr("core (0,0) of device 0, RISCV_1 (signals.cpp) goes through"));
            EXPECT_THAT(text, HasSubstr("core (0,3) of device 0, RISCV_0 (kernel.cpp) waits for"));
            // The machine goes on.
            TestProgram good;
            good.on(0, 0, Processor::RISCV_0, [] { l1_word(landed) = 7; });
            EXPECT_EQ(error_of(machine, good), "");
        }
    }
}

TEST(Examine, MessagesThatGoToAndFroForEverAreALivelock) {
    if (is_sanitized) {
        GTEST_SKIP();
    }
    // Each answers the other, and both have forgotten what for.
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), impatient(threads));
        TestProgram program;
        for (const uint16_t x : {0, 7}) {
            program.on(x, 0, Processor::RISCV_0,
                       [] {
                           while (look(counter) == 0) {
                               tsr_noc_inline_write(0, worker(arg(0), 0, flag), 1, 0xF, 0);
                               tsr_wait_word(&l1_word(flag), 1, TSR_WAIT_EQUAL);
                               l1_word(flag) = 0;
                               turn();
                           }
                       },
                       {7u - x});
        }
        EXPECT_EQ(error_of(machine, program), "livelock") << threads;
    }
}

TEST(Examine, ALoopThatCantBeLeftIsNamedThoughItCounts) {
    if (is_sanitized) {
        GTEST_SKIP();
    }
    Machine machine(arch::board("n150"), impatient(2));
    TestProgram program;
    for (const uint16_t x : {0, 7}) {
        program.on(
            x, 0, Processor::RISCV_0,
            [] {
                for (;;) {
                    ++l1_word(counter);
                    tsr_noc_inline_write(0, worker(3, 3, counter), l1_word(counter), 0xF, 0);
                    turn(TSR_POLL_NO_EXIT);
                }
            },
            {}, "for_ever.cpp");
    }
    std::string text;
    EXPECT_EQ(error_of(machine, program, &text), "endless-loop");
    EXPECT_THAT(text, HasSubstr("2 processors are in loops without an exit"));
}

TEST(Examine, WhatCountsSomewhereGetsOn) {
    // Nothing of the loops' own differs from turn to turn: the count is in L1, in DRAM, or in another core's L1.
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), impatient(threads));
        constexpr static uint32_t turns = 300000;
        TestProgram program;
        program.on(0, 0, Processor::RISCV_0, [] {
            while (look(counter) < turns) {
                ++l1_word(counter);
                tsr_noc_inline_write(0, worker(3, 3, counter), 1, 0xF, 0);
                turn();
            }
        });
        program.on(1, 0, Processor::RISCV_0, [] {
            do {
                tsr_noc_atomic_inc(0, worker(4, 4, counter), 1, 31, 0);
                tsr_noc_atomic_barrier(0);
                read_word(worker(4, 4, counter));
                turn();
            } while (look(landed) < turns);
        });
        program.on(2, 0, Processor::RISCV_0, [] {
            bool over = false;
            while (!over) {
                read_word(dram(2, 0x8000));
                over = ++l1_word(landed) >= turns;
                tsr_noc_write(0, landed, dram(2, 0x8000), 32, 0, TSR_NO_TRID);
                tsr_noc_write_barrier(0, TSR_NO_TRID);
                l1_word(landed) = 0;
                turn();
            }
        });
        EXPECT_EQ(error_of(machine, program), "") << threads;
        EXPECT_EQ(word(machine, 0, 0, counter), turns);
        EXPECT_EQ(word(machine, 4, 4, counter), turns);
    }
}

TEST(Examine, OneWhoWaitsForManySignalsGetsThem) {
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), impatient(threads));
        constexpr static uint32_t signals = 500000;
        TestProgram program;
        program.on(0, 0, Processor::RISCV_0, [] {
            while (look(flag) == 0) {
                tsr_noc_atomic_inc(0, worker(7, 7, counter), 1, 31, 0);
                tsr_noc_atomic_barrier(0);
                turn();
            }
        });
        program.on(7, 7, Processor::RISCV_0, [] {
            tsr_wait_word(&l1_word(counter), signals, TSR_WAIT_AT_LEAST);
            tsr_noc_inline_write(0, worker(0, 0, flag), 1, 0xF, 0);
        });
        EXPECT_EQ(error_of(machine, program), "") << threads;
    }
}

TEST(Examine, WhoWaitsForTimeOrForOneThatComputesIsLetBe) {
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), impatient(threads));
        TestProgram program;
        program.on(0, 0, Processor::RISCV_0, [] {
            const uint64_t end = tsr_wall_clock() + 60'000'000;
            while (tsr_wall_clock() < end) {
                tsr_noc_inline_write(0, worker(3, 3, counter), 1, 0xF, 0);
                turn();
            }
        });
        program.on(1, 0, Processor::RISCV_0, [] {
            while (look(flag) == 0) {
                tsr_noc_inline_write(0, worker(3, 4, counter), 1, 0xF, 0);
                turn();
            }
        });
        program.on(7, 7, Processor::RISCV_1, [] {
            volatile uint64_t sum = 0;
            for (uint64_t i = 0; i < 150'000'000; ++i) {
                sum = sum + i;
            }
            tsr_noc_inline_write(1, worker(1, 0, flag), 1, 0xF, 0);
        });
        EXPECT_EQ(error_of(machine, program), "") << threads;
    }
}

}  // namespace
}  // namespace tessera::sim
