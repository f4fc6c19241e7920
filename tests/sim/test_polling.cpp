// Loops that wait for something in ways that the device can't see through: plain stores, questions asked again and
// again, reads of somebody else's flag; and loops that look like waiting and end by themselves.
#include "machine_for_tests.h"

#include <base/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::sim {
namespace {

using testing::HasSubstr;

constexpr uint32_t data = 200 * 1024, results = 400 * 1024;

uint32_t word(Machine& machine, uint16_t x, uint16_t y, uint32_t address) {
    std::vector<uint32_t> value(1);
    machine.read_l1(0, {x, y}, address, std::as_writable_bytes(std::span(value)));
    return value[0];
}

/// What the compiler's pass adds to a loop.
void turn(uint32_t kind) {
    if (--tsr_ctx->poll_budget < 0) {
        tsr_poll_slow(kind);
    }
}

void spin_until(uint32_t address, uint32_t value, uint32_t kind) {
    volatile uint32_t* p = &l1_word(address);
    while (*p != value) {
        turn(kind);
    }
}

TEST(Polling, PlainStoresCanBePassedToAndFroForEver) {
    for (const unsigned threads : {1u, 2u}) {
        for (const uint32_t kind : {1u, 2u}) {
            Machine machine(arch::board("n150"), options(threads));
            TestProgram program;
            constexpr static uint32_t rounds = 30000;
            const auto run = [&](void (*one)(), void (*other)()) {
                for (const uint16_t x : {0, 7}) {
                    program.on(x, 0, Processor::RISCV_0, one, {kind});
                    program.on(x, 0, Processor::RISCV_1, other, {kind});
                }
            };
            run(
                [] {
                    for (uint32_t i = 1; i <= rounds; ++i) {
                        spin_until(data, i, arg(0));
                        *const_cast<volatile uint32_t*>(&l1_word(results)) = i;
                    }
                },
                [] {
                    for (uint32_t i = 1; i <= rounds; ++i) {
                        *const_cast<volatile uint32_t*>(&l1_word(data)) = i;
                        spin_until(results, i, arg(0));
                    }
                });
            program.run(machine);
            EXPECT_EQ(word(machine, 7, 0, results), rounds);
        }
    }
}

TEST(Polling, LoopsThatCountMayGoOnForLong) {
    // Forty loops of five million turns each, one after the other, with nothing in between that anybody could see.
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        volatile uint32_t* p = &l1_word(data);
        uint32_t sum = 0;
        for (uint32_t repeat = 0; repeat < 40; ++repeat) {
            for (uint32_t i = 0; i < 5000000; ++i) {
                sum += p[i & 15] + 1;
                turn(TSR_POLL_COUNTS);
            }
        }
        l1_word(results) = sum;
    });
    program.run(machine);
    EXPECT_EQ(word(machine, 0, 0, results), 200000000u);
}

TEST(Polling, AskingACircularBufferInVainIsADeadlock) {
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), options(threads));
        TestProgram program;
        for (const uint16_t x : {0, 5}) {
            program.buffer(x, 0, 3, data, 2, 64);
            program.on(
                x, 0, Processor::RISCV_0,
                [] {
                    while (tsr_cb_pages_available(3, 1) == 0) {
                        turn(0);
                    }
                },
                {}, "asks.cpp");
            program.on(x, 0, Processor::RISCV_1, [] { tsr_cb_wait_front(3, 1); });
        }
        std::string text;
        EXPECT_EQ(error_of(machine, program, &text), "deadlock");
        EXPECT_THAT(text, HasSubstr("asks.cpp"));
        EXPECT_THAT(text, HasSubstr("asking again and again"));
    }
}

TEST(Polling, ReadingARemoteFlagInVainIsADeadlockAndOtherwiseNot) {
    for (const bool is_set : {true, false}) {
        for (const unsigned threads : {1u, 2u}) {
            Machine machine(arch::board("n150"), options(threads));
            TestProgram program;
            program.on(0, 0, Processor::RISCV_0, [] {
                do {
                    tsr_noc_read(0, worker(7, 7, data), results, 32, TSR_NO_TRID);
                    tsr_noc_read_barrier(0, TSR_NO_TRID);
                    turn(0);
                } while (*const_cast<volatile uint32_t*>(&l1_word(results)) != 77);
            });
            // Sets its flag after others have long asked for it, by a store that nobody is told of.
            program.on(7, 7, Processor::RISCV_1,
                       [] {
                           for (uint32_t i = 0; i < 300000; ++i) {
                               tsr_yield();
                           }
                           if (arg(0) != 0) {
                               l1_word(data) = 77;
                           }
                       },
                       {is_set});
            EXPECT_EQ(error_of(machine, program), is_set ? "" : "deadlock") << threads;
        }
    }
}

TEST(Polling, WaitingForTimeIsNotAskingInVain) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.buffer(0, 0, 0, data, 2, 64);
    program.on(0, 0, Processor::RISCV_0, [] {
        const uint64_t end = tsr_wall_clock() + 400'000'000;
        while (tsr_cb_pages_available(0, 1) == 0 && tsr_wall_clock() < end) {
            turn(0);
        }
        l1_word(results) = 5;
    });
    program.run(machine);
    EXPECT_EQ(word(machine, 0, 0, results), 5u);
}

TEST(Polling, AskersAreAnsweredInTheEnd) {
    // The pusher works for long between pushes; the popper only asks.
    for (const unsigned threads : {1u, 3u}) {
        Machine machine(arch::board("n150"), options(threads));
        TestProgram program;
        for (uint16_t x = 0; x < 3; ++x) {
            program.buffer(x, 0, 0, data, 2, 64);
            program.on(x, 0, Processor::RISCV_1, [] {
                for (uint32_t page = 0; page < 5; ++page) {
                    for (uint32_t i = 0; i < 20000; ++i) {
                        tsr_yield();
                    }
                    while (tsr_cb_pages_reservable(0, 1) == 0) {
                        turn(0);
                    }
                    tsr_cb_push_back(0, 1);
                }
            });
            program.on(x, 0, Processor::RISCV_0, [] {
                for (uint32_t page = 0; page < 5; ++page) {
                    while (tsr_cb_pages_available(0, 1) == 0) {
                        turn(0);
                    }
                    tsr_cb_pop_front(0, 1);
                    ++l1_word(results);
                }
            });
        }
        program.run(machine);
        EXPECT_EQ(word(machine, 2, 0, results), 5u);
    }
}

TEST(Monitor, TellsWhereALongRunIs) {
    Options patient = options(2);
    patient.notes_after_seconds = 1;
    patient.watchdog_seconds = 3;
    Machine machine(arch::board("n150"), patient);
    TestProgram program;
    program.on(
        3, 4, Processor::RISCV_1,
        [] {
            for (;;) {
                ++l1_word(results);
                tsr_yield();
            }
        },
        {}, "endless.cpp");
    program.on(0, 0, Processor::RISCV_0, [] { tsr_wait_word(&l1_word(data), 1, TSR_WAIT_EQUAL); });
    testing::internal::CaptureStderr();
    EXPECT_EQ(error_of(machine, program), "no-progress");
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                testing::StartsWith("note: still running after 1 s: core (3,4) of device 0, RISCV_1 (endless.cpp)\n"));
}

}  // namespace
}  // namespace tessera::sim
