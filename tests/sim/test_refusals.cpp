// What the machine refuses before any kernel runs.
#include "machine_for_tests.h"

#include <gtest/gtest.h>

namespace tessera::sim {
namespace {

TEST(Refusals, TwoProgramsOnOneCoreAtOnce) {
    Machine machine(arch::board("n150"), options());
    TestProgram one, two;
    one.on(1, 1, Processor::RISCV_0, [] {});
    two.on(1, 1, Processor::RISCV_1, [] {});
    const ProgramLaunch* both[] = {&one.launch(), &two.launch()};
    try {
        machine.run(both);
        FAIL() << "it ran";
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, "core-used-twice");
    }
    one.run(machine);  // one after the other is fine
    two.run(machine);
}

TEST(Refusals, MoreRuntimeArgumentsThanACoreHasRoomFor) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(0, 0, Processor::RISCV_0, [] {}, std::vector<uint32_t>(64 * 1024, 1));
    EXPECT_EQ(error_of(machine, program), "kernel-config-too-large");
}

TEST(Refusals, ACoreOutsideTheGrid) {
    Machine machine(arch::board("n150"), options());
    TestProgram program;
    program.on(40, 0, Processor::RISCV_0, [] {});
    EXPECT_EQ(error_of(machine, program), "bad-core");
}

}  // namespace
}  // namespace tessera::sim
