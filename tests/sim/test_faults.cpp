// A kernel's mistakes end its run with a name and a place, and nothing else.
#include "machine_for_tests.h"

#include <base/error.h>
#include <base/symbolize.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace tessera::sim {
namespace {

using testing::HasSubstr;

struct Mistake {
    const char* name;
    void (*kernel)();
    const char* says;
};

volatile uint32_t zero = 0;

__attribute__((noinline)) uint32_t recurse(uint32_t depth) {
    volatile char room[1024];
    room[depth % 1024] = 1;
    return depth == 0xFFFFFFFF ? room[0] : recurse(depth + 1) + room[depth % 7];
}

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreNamedAndTheMachineGoesOn) {
    Machine machine(arch::board("n150"), options());
    TestProgram bad, good;
    bad.on(2, 1, Processor::RISCV_1, GetParam().kernel, {1, 2}, "bad.cpp");
    good.on(2, 1, Processor::RISCV_1, [] { tsr_yield(); });
    for (int i = 0; i < 3; ++i) {
        std::string text;
        EXPECT_EQ(error_of(machine, bad, &text), GetParam().name);
        EXPECT_THAT(text, HasSubstr(GetParam().says));
        EXPECT_THAT(text, HasSubstr("core (2,1) of device 0, RISCV_1 (bad.cpp)"));
        good.run(machine);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Kernel, Mistakes,
    testing::Values(
        Mistake{"null-dereference", [] { *reinterpret_cast<volatile uint32_t*>(uintptr_t{zero}) = 1; }, "null"},
        Mistake{"l1-out-of-range", [] { *(&l1_word(0) + 1499136 / 4 + 2000) = 1; }, "past the end of L1"},
        Mistake{"memory-fault", [] { *reinterpret_cast<volatile uint32_t*>(0x123456789000) = 1; }, "0x123456789000"},
        Mistake{"memory-fault", [] { *reinterpret_cast<volatile uint32_t*>(0xDEAD000000001234) = 1; }, "damaged"},
        Mistake{"stack-overflow", [] { l1_word(4096) = recurse(zero); }, "stack"},
        Mistake{"division-by-zero", [] { l1_word(4096) = 5 / zero; }, "divided"},
        Mistake{"kernel-trap", [] { __builtin_trap(); }, "must not be reached"},
        Mistake{"kernel-trap", [] { tsr_trap("abort"); }, "abort"},
        Mistake{"kernel-assert", [] { tsr_assert_failed("a == b"); }, "ASSERT(a == b)"},
        Mistake{"unset-runtime-arg", [] { l1_word(400 * 1024) = tsr_unset_runtime_arg(2, 0); },
                "runtime argument 2 is read, but the host set 2"},
        Mistake{"unset-runtime-arg", [] { l1_word(400 * 1024) = tsr_unset_runtime_arg(0, 1); }, "the host set none"},
        Mistake{"l1-out-of-range", [] { tsr_int_to_ptr_slow(0x200000); }, "0x200000"},
        Mistake{"bad-pointer", [] { tsr_ptr_to_int_slow(const_cast<uint32_t*>(&zero)); }, "pointer"},
        Mistake{"my-error", [] { tsr_error("my-error", "it is so", "do that"); }, "help: do that"}));

// The address of a kernel's code, as the start of its loaded object.
void faulty_kernel() {
    tsr_trap("here");
}

TEST(Trace, NamesTheUsersLineAndSkipsTheKernelHeaders) {
    std::vector<uint64_t> offsets;
    set_symbolizer(
        [&](const std::string& object, uint64_t offset) -> std::vector<SourceLocation> {
            EXPECT_EQ(object, "kernel.so");
            offsets.push_back(offset);  // asked once a place: answers are kept
            return {{.file = "/headers/dataflow_api.h", .line = 7},
                    {.file = "/user/reader.cpp", .line = 31, .text = "x()"}};
        },
        "/headers");
    Machine machine(arch::board("n150"), options());
    KernelCode code = kernel(faulty_kernel, "reader.cpp");
    code.image = reinterpret_cast<const std::byte*>(&faulty_kernel);
    code.image_bytes = 64;
    code.object_path = "kernel.so";
    ProgramLaunch launch;
    launch.cores.push_back({.logical = {0, 0}, .processors = {{.processor = Processor::RISCV_0, .code = &code}}});
    const ProgramLaunch* launches[] = {&launch};
    try {
        machine.run(launches);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()),
                  "error[kernel-trap]: the kernel can't go on: here\n"
                  "  --> reader.cpp:31  x()\n"
                  "  core (0,0) of device 0, RISCV_0 (reader.cpp)");
    }
    set_symbolizer({}, {});
    ASSERT_EQ(offsets.size(), 1u);
    EXPECT_LT(offsets[0], 64u);
}

TEST(Faults, OfTheHostGoToItsOwnHandler) {
    Machine machine(arch::board("n150"), options());
    EXPECT_EXIT({ *reinterpret_cast<volatile uint32_t*>(uintptr_t{zero}) = 1; }, testing::KilledBySignal(SIGSEGV), "");
}

}  // namespace
}  // namespace tessera::sim
