// Waiting and waking, deadlock reports, launches without end, and what a failed run leaves behind.
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

// What a compiled loop `while (*p != value) {}` looks like.
void spin_until(uint32_t address, uint32_t value, bool pure = true) {
    volatile uint32_t* p = &l1_word(address);
    while (*p != value) {
        if (--tsr_ctx->poll_budget < 0) {
            tsr_poll_slow(pure);
        }
    }
}

TEST(Scheduler, SemaphoresAreSetBeforeAnyKernelRuns) {
    Machine machine(arch::board("n150"), options(2));
    for (int repeat = 0; repeat < 20; ++repeat) {
        TestProgram program;
        program.semaphore(0, 0, 2, 5).semaphore(7, 7, 2, 0);
        program.on(0, 0, Processor::RISCV_0, [] {
            tsr_noc_atomic_inc(0, worker(7, 7, semaphore_address(2)), l1_word(semaphore_address(2)), 31, 0);
        });
        program.on(7, 7, Processor::RISCV_0, [] { tsr_wait_word(&l1_word(semaphore_address(2)), 5, TSR_WAIT_EQUAL); });
        program.run(machine);
    }
}

TEST(Scheduler, PlainSpinLoopsSeeOtherCoresAndOwnProcessors) {
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), options(threads));
        TestProgram program;
        program.on(0, 0, Processor::RISCV_0, [] {
            for (uint32_t i = 1; i <= 200; ++i) {
                tsr_noc_inline_write(0, worker(7, 7, data), i, 0xF, 0);
                tsr_noc_write_barrier(0, TSR_NO_TRID);
                spin_until(data, i, i % 2 == 0);
            }
        });
        program.on(7, 7, Processor::RISCV_0, [] {
            for (uint32_t i = 1; i <= 200; ++i) {
                spin_until(data, i);
                l1_word(results) = i;
            }
        });
        program.on(7, 7, Processor::RISCV_1, [] {
            for (uint32_t i = 1; i <= 200; ++i) {
                spin_until(results, i);
                tsr_noc_inline_write(1, worker(0, 0, data), i, 0xF, 0);
                tsr_noc_write_barrier(1, TSR_NO_TRID);
            }
        });
        program.run(machine);
        EXPECT_EQ(word(machine, 7, 7, results), 200u);
        const std::vector<uint32_t> zero(1);
        for (const uint16_t at : {0, 7}) {
            machine.write_l1(0, {at, at}, data, bytes_of(zero));
            machine.write_l1(0, {at, at}, results, bytes_of(zero));
        }
    }
}

TEST(Scheduler, ALongLoopOverVolatileMemoryIsNoDeadlock) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {
        volatile uint32_t* p = &l1_word(data);
        uint32_t sum = 0;
        for (uint32_t i = 0; i < 3000000; ++i) {
            sum += p[i & 15] + 1;
            if (--tsr_ctx->poll_budget < 0) {
                tsr_poll_slow(1);
            }
        }
        l1_word(results) = sum;
    });
    program.run(machine);
    EXPECT_EQ(word(machine, 0, 0, results), 3000000u);
}

TEST(Scheduler, TheClockDependsOnlyOnWhatTheProcessorDid) {
    std::vector<uint32_t> seen;
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), options(threads));
        TestProgram program;
        for (uint16_t x = 0; x < 8; ++x) {
            program.on(x, 0, Processor::RISCV_0, [] {
                tsr_noc_read(0, dram(0, 0), data, 2048, TSR_NO_TRID);
                tsr_noc_read_barrier(0, TSR_NO_TRID);
                const uint64_t first = tsr_wall_clock();
                const uint64_t second = tsr_wall_clock();
                l1_word(results) = static_cast<uint32_t>(first);
                l1_word(results + 4) = second > first;
            });
        }
        program.run(machine);
        seen.push_back(word(machine, 7, 0, results));
        EXPECT_EQ(word(machine, 7, 0, results + 4), 1u);
    }
    EXPECT_EQ(seen[0], seen[1]);
}

TEST(Deadlock, ShowsWhoWaitsForWhatAndFoldsEqualCores) {
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), options(threads));
        TestProgram program;
        for (uint16_t i = 0; i < 64; ++i) {
            const uint16_t x = i % 8, y = i / 8;
            program.buffer(x, y, 0, data, 2, 64).semaphore(x, y, 1, 3);
            program.on(
                x, y, Processor::RISCV_1,
                [] {
                    tsr_cb_reserve_back(0, 1);
                    tsr_cb_push_back(0, 1);
                },
                {}, "reader.cpp");
            program.on(x, y, Processor::RISCV_0, [] { tsr_cb_wait_front(0, 2); }, {}, "writer.cpp");
        }
        program.on(
            4, 4, Processor::COMPUTE, [] { tsr_wait_word(&l1_word(semaphore_address(1)), 9, TSR_WAIT_AT_LEAST); }, {},
            "waiter.cpp");
        std::string text;
        ASSERT_EQ(error_of(machine, program, &text), "deadlock");
        EXPECT_THAT(text, HasSubstr("65 processors wait for ever"));
        EXPECT_THAT(text, HasSubstr("RISCV_0 (writer.cpp)"));
        EXPECT_THAT(text, HasSubstr("waits for 2 pages of c_0: 1 of 2 are full "
                                    "(0 reserved, 1 pushed, 0 waited for, 0 popped)"));
        EXPECT_THAT(text, HasSubstr("RISCV_1 (reader.cpp), which pushes it, has ended: it pushed 1 page in all, "
                                    "2 are needed"));
        EXPECT_THAT(text, HasSubstr("(63 more cores wait likewise:"));
        EXPECT_THAT(text, HasSubstr("core (4,4) of device 0, compute (waiter.cpp)"));
        EXPECT_THAT(text, HasSubstr("semaphore 1 (L1 address"));
        EXPECT_THAT(text, HasSubstr("to reach 9: it is 3"));
        // The machine goes on.
        TestProgram good;
        good.on(0, 0, Processor::RISCV_0, [] { l1_word(results) = 1; });
        good.run(machine);
        EXPECT_EQ(word(machine, 0, 0, results), 1u);
    }
}

TEST(Deadlock, ASpinLoopThatNobodyEndsIsOne) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] { spin_until(data, 1); });
    program.on(0, 0, Processor::RISCV_1, [] { spin_until(data, 2); });
    std::string text;
    EXPECT_EQ(error_of(machine, program, &text), "livelock");
    EXPECT_THAT(text, HasSubstr("2 processors spin on memory that nobody will write any more"));
    EXPECT_THAT(text, HasSubstr("a loop that reads memory"));
}

TEST(Watchdog, EndsAKernelThatNeverYields) {
    Options limited = options();
    limited.watchdog_seconds = 1;
    Machine machine(arch::board("n150"), limited);
    TestProgram yields;
    yields.on(0, 0, Processor::RISCV_0, [] {
        for (;;) {
            ++l1_word(data);
            tsr_yield();
        }
    });
    std::string text;
    EXPECT_EQ(error_of(machine, yields, &text), "no-progress");
    EXPECT_THAT(text, HasSubstr("core (0,0) of device 0, RISCV_0"));
}

void spin_for_ever() {
    for (;;) {
        asm volatile("" ::: "memory");
    }
}

TEST(Watchdog, InterruptsAKernelThatCallsNothing) {
    Options limited = options(2);
    limited.watchdog_seconds = 1;
    Machine machine(arch::board("n150"), limited);
    KernelCode code = kernel(spin_for_ever, "spin.cpp");
    code.image = reinterpret_cast<const std::byte*>(&spin_for_ever);
    code.image_bytes = 64;
    ProgramLaunch launch;
    for (uint16_t x = 0; x < 2; ++x) {
        launch.cores.push_back({.logical = {x, 0}, .processors = {{.processor = Processor::RISCV_0, .code = &code}}});
    }
    const ProgramLaunch* launches[] = {&launch};
    try {
        machine.run(launches);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, "no-progress");
        EXPECT_THAT(error.what(), HasSubstr("RISCV_0 (spin.cpp)"));
    }
}

TEST(Launch, FibersOfAFailedRunAreNeverWoken) {
    for (const unsigned threads : {1u, 2u}) {
        Machine machine(arch::board("n150"), options(threads));
        TestProgram stuck, writers;
        for (uint16_t x = 0; x < 8; ++x) {
            stuck.on(x, 0, Processor::RISCV_0, [] {
                tsr_wait_word(&l1_word(data), 1, TSR_WAIT_EQUAL);
                l1_word(results) = 1;
            });
            writers.on(x, 1, Processor::RISCV_0, [] {
                for (uint32_t to = 0; to < 8; ++to) {
                    tsr_noc_inline_write(0, worker(to, 0, data), 1, 0xF, 0);
                }
                tsr_noc_write_barrier(0, TSR_NO_TRID);
            });
        }
        EXPECT_EQ(error_of(machine, stuck), "deadlock");
        EXPECT_EQ(error_of(machine, writers), "");
        for (uint16_t x = 0; x < 8; ++x) {
            EXPECT_EQ(word(machine, x, 0, results), 0u);
        }
    }
}

TEST(Launch, ACoreInTwoProgramsAtOnceIsRefused) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {});
    const ProgramLaunch* launches[] = {&program.launch(), &program.launch()};
    EXPECT_THROW(machine.run(launches), Error);
    program.run(machine);
}

TEST(Launch, ManySmallLaunchesKeepTheirCounts) {
    Machine machine(arch::board("n150"), options(2));
    TestProgram program;
    for (uint16_t i = 0; i < 64; ++i) {
        const uint16_t x = i % 8, y = i / 8;
        program.buffer(x, y, 0, data, 2, 64);
        program.on(x, y, Processor::RISCV_1, [] { tsr_cb_push_back(0, 1); });
        program.on(x, y, Processor::COMPUTE, [] {
            tsr_cb_wait_front(0, 1);
            ++l1_word(results);
        });
        program.on(x, y, Processor::RISCV_0, [] {});
    }
    for (int i = 0; i < 1000; ++i) {
        program.run(machine);
    }
    EXPECT_EQ(word(machine, 0, 0, results), 1000u);
    EXPECT_EQ(word(machine, 7, 7, results), 1000u);
}

TEST(Launch, ProgramsOfSeveralChipsRunSideBySide) {
    Machine machine(arch::board("t3000"), options(2));
    std::deque<TestProgram> programs;
    std::vector<const ProgramLaunch*> launches;
    for (uint32_t chip = 0; chip < 8; ++chip) {
        programs.emplace_back(chip);
        programs.back().on(0, 0, Processor::RISCV_0, [] { l1_word(results) = tsr_ctx->device_id + 1u; });
    }
    for (const TestProgram& program : programs) {
        launches.push_back(&program.launch());
    }
    machine.run(launches);
    for (uint32_t chip = 0; chip < 8; ++chip) {
        std::vector<uint32_t> value(1);
        machine.read_l1(chip, {0, 0}, results, std::as_writable_bytes(std::span(value)));
        EXPECT_EQ(value[0], chip + 1);
    }
}

TEST(Launch, ArgumentsAndCoordinatesArrive) {
    Machine machine(arch::board("n300"), options());
    TestProgram program(1);
    program.on(2, 3, Processor::RISCV_1,
               [] {
                   l1_word(results) = arg(0) + arg(2);
                   l1_word(results + 4) = tsr_ctx->my_x[0] << 16 | tsr_ctx->my_y[1];
                   l1_word(results + 8) = tsr_ctx->logical_x << 16 | tsr_ctx->logical_y;
                   l1_word(results + 12) = tsr_ctx->device_id;
               },
               {10, 20, 30});
    program.run(machine);
    std::vector<uint32_t> seen(4);
    machine.read_l1(1, {2, 3}, results, std::as_writable_bytes(std::span(seen)));
    EXPECT_THAT(seen, testing::ElementsAre(40u, 20u << 16 | 21u, 2u << 16 | 3u, 1u));
}

TEST(Launch, GlobalsStartAsTheTemplateEachTime) {
    static const uint32_t initial[2] = {5, 6};
    Machine machine(arch::board("n150"), options());
    KernelCode code = kernel([] {
        auto* globals = reinterpret_cast<uint32_t*>(tsr_ctx->globals);
        l1_word(results) = globals[0]++;
        l1_word(results + 4) = static_cast<uint32_t>(tsr_ptr_to_int_slow(globals));
        l1_word(results + 8) = tsr_int_to_ptr_slow(0xFFB00004) == globals + 1;
    });
    code.globals_template = reinterpret_cast<const std::byte*>(initial);
    code.globals_bytes = sizeof(initial);
    ProgramLaunch launch;
    launch.cores.push_back({.logical = {0, 0}, .processors = {{.processor = Processor::RISCV_0, .code = &code}}});
    const ProgramLaunch* launches[] = {&launch};
    for (int i = 0; i < 2; ++i) {
        machine.run(launches);
        EXPECT_EQ(word(machine, 0, 0, results), 5u);
        EXPECT_EQ(word(machine, 0, 0, results + 4), 0xFFB00000u);
        EXPECT_EQ(word(machine, 0, 0, results + 8), 1u);
    }
}

}  // namespace
}  // namespace tessera::sim
