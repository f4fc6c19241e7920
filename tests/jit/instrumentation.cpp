// What the pass makes of kernel code, seen by running it. Expected numbers are written out by hand.
#include <gtest/gtest.h>

#include "fake_device.h"

namespace tessera::test {
namespace {

TEST(Addresses, AnIntegerIsAnOffsetIntoL1AndBack) {
    FakeDevice device;
    device.set_word(0x1000, 41);
    device.run(*build(R"(
        void kernel_main() {
            uint32_t address = 0x1000;
            volatile uint32_t* p = reinterpret_cast<volatile uint32_t*>(address);
            *p += 1;
            p[1] = (uint32_t)p;
            p[2] = reinterpret_cast<uintptr_t>(p + 5);
        })"));
    EXPECT_EQ(device.word(0x1000), 42u);
    EXPECT_EQ(device.word(0x1004), 0x1000u);
    EXPECT_EQ(device.word(0x1008), 0x1014u);
    EXPECT_EQ(device.slow_to_pointer + device.slow_to_integer, 0);
}

TEST(Addresses, ConstantAddressesInExpressionsAndInitialisersAreMapped) {
    FakeDevice device;
    device.run(*build(R"(
        volatile uint32_t* pointer = (volatile uint32_t*)0x2000;
        volatile uint32_t* const table[2] = {(volatile uint32_t*)0x2004, (volatile uint32_t*)0x2008};
        __attribute__((noinline)) void put(int i) { *table[i & 1] = 10 + i; }
        void kernel_main() {
            *(volatile uint32_t*)0x1ffc = 3;
            *pointer = 7;
            put(0); put(1);
        })"));
    EXPECT_EQ(device.word(0x1ffc), 3u);
    EXPECT_EQ(device.word(0x2000), 7u);
    EXPECT_EQ(device.word(0x2004), 10u);
    EXPECT_EQ(device.word(0x2008), 11u);
}

TEST(Addresses, ZeroIsNullAndDifferencesStayExact) {
    FakeDevice device;
    device.set_word(0x100, 0);
    device.run(*build(R"(
        void kernel_main() {
            volatile uint32_t* out = (volatile uint32_t*)0x200;
            uint32_t zero = *(volatile uint32_t*)0x100;
            uint32_t* p = (uint32_t*)zero;
            out[0] = p == nullptr;
            out[1] = (uint32_t)p;
            char stack[64];
            char* volatile end = stack + 40;
            out[2] = end - stack;
            out[3] = (uint32_t)((uintptr_t)end - (uintptr_t)stack);
        })"));
    EXPECT_EQ(device.word(0x200), 1u);
    EXPECT_EQ(device.word(0x204), 0u);
    EXPECT_EQ(device.word(0x208), 40u);
    EXPECT_EQ(device.word(0x20c), 40u);
    EXPECT_EQ(device.slow_to_pointer, 0);
}

TEST(Addresses, OutsideOfL1TheDeviceDecides) {
    FakeDevice device;
    device.run(*build("void kernel_main() { *(volatile uint32_t*)0x10000 = 1; }"));  // L1 of the stand-in ends here
    EXPECT_EQ(device.trap, "address outside of the core");
}

TEST(Globals, EveryLaunchStartsFromTheInitialValues) {
    auto kernel = build(R"(
        struct Counter { int value; Counter() : value(5) {} ~Counter() { value = 0; } };
        Counter constructed;
        int plain = 3;
        static uint8_t bytes[3] = {1, 2, 3};
        int* where = &plain;
        const char* text = "abc";
        thread_local int own = 9;
        void kernel_main() {
            static int calls = 100;
            volatile uint32_t* out = (volatile uint32_t*)0x400;
            *where += 1; constructed.value += 1; bytes[1] += 1; calls += 1; own += 1;
            out[0] = plain; out[1] = constructed.value; out[2] = bytes[0] + bytes[1] * 256 + bytes[2] * 65536;
            out[3] = calls; out[4] = text[2]; out[5] = own;
        })");
    for (int launch = 0; launch < 2; ++launch) {
        FakeDevice device;
        device.run(*kernel);
        EXPECT_EQ(device.word(0x400), 4u);
        EXPECT_EQ(device.word(0x404), 6u);
        EXPECT_EQ(device.word(0x408), 1u + 3 * 256 + 3 * 65536);
        EXPECT_EQ(device.word(0x40c), 101u);
        EXPECT_EQ(device.word(0x410), uint32_t{'c'});
        EXPECT_EQ(device.word(0x414), 10u);
    }
}

TEST(Polls, ALoopOnVolatileMemoryLetsOthersRun) {
    FakeDevice device;
    device.on_poll = [](FakeDevice& self) {
        if (self.polls == 3) {
            self.set_word(0x80, 1);
        }
    };
    device.run(
        *build("void kernel_main() { while (*(volatile uint32_t*)0x80 != 1) {} *(volatile uint32_t*)0x84 = 2; }"));
    EXPECT_EQ(device.polls, 3);
    EXPECT_EQ(device.pure_polls, 3);
    EXPECT_EQ(device.word(0x84), 2u);
}

TEST(Polls, ALoopThatStoresIsNotPureAndArithmeticDoesNotPoll) {
    FakeDevice device;
    device.set_word(0x88, 5000);
    device.run(*build(R"(
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            int turns = p[2];
            for (int i = 0; i < turns; ++i) p[1] = p[0] + i;
            uint32_t* q = (uint32_t*)0x1000;
            for (int i = 0; i < 10000; ++i) q[i] = q[i] * 3 + i;
        })"));
    EXPECT_GT(device.polls, 0);
    EXPECT_EQ(device.pure_polls, 0);
    EXPECT_EQ(device.word(0x1000 + 4 * 77), 77u);
}

TEST(Polls, ALoopWithoutEndIsNoticed) {
    FakeDevice device;
    device.run(*build("void kernel_main() { while (true) {} }"));
    EXPECT_EQ(device.trap, "the loop never ends");
    EXPECT_EQ(device.pure_polls, device.polls);
}

TEST(Processor, DivisionAnswersAsTheInstructionSetSays) {
    FakeDevice device;
    device.set_word(0x10, 0);
    device.set_word(0x14, 0xFFFFFFFF);
    device.run(*build(R"(
        void kernel_main() {
            volatile uint32_t* in = (volatile uint32_t*)0x10;
            volatile uint32_t* out = (volatile uint32_t*)0x20;
            out[0] = 17u / in[0];
            out[1] = 17u % in[0];
            out[2] = (int)0x80000000 / (int)in[1];
            out[3] = (int)0x80000000 % (int)in[1];
            out[4] = -7 / (int)in[0];
            out[5] = -7 % (int)in[0];
            out[6] = 100 / (int)in[1];
        })"));
    EXPECT_EQ(device.word(0x20), 0xFFFFFFFFu);
    EXPECT_EQ(device.word(0x24), 17u);
    EXPECT_EQ(device.word(0x28), 0x80000000u);
    EXPECT_EQ(device.word(0x2c), 0u);
    EXPECT_EQ(device.word(0x30), 0xFFFFFFFFu);
    EXPECT_EQ(device.word(0x34), static_cast<uint32_t>(-7));
    EXPECT_EQ(device.word(0x38), static_cast<uint32_t>(-100));
    EXPECT_EQ(device.divisions_by_zero, 4);
}

TEST(Processor, ShiftsUseTheLowBitsOfTheAmount) {
    FakeDevice device;
    device.set_word(0x10, 33);
    device.run(*build(R"(
        void kernel_main() {
            uint32_t amount = *(volatile uint32_t*)0x10;
            volatile uint32_t* out = (volatile uint32_t*)0x20;
            out[0] = 5u << amount;
            out[1] = 0x80000000u >> amount;
            out[2] = (int)0x80000000 >> amount;
        })"));
    EXPECT_EQ(device.word(0x20), 10u);
    EXPECT_EQ(device.word(0x24), 0x40000000u);
    EXPECT_EQ(device.word(0x28), 0xC0000000u);
}

TEST(Processor, TrapsEndTheKernelAndFencesAreAccepted) {
    FakeDevice device;
    device.run(*build(R"(
        int none(int x) { if (x) return 1; __builtin_unreachable(); }
        void kernel_main() {
            asm volatile("fence" ::: "memory");
            asm volatile("nop; nop");
            int x = *(volatile int*)0x10;
            if (x == 0) __builtin_trap();
            *(volatile int*)0x20 = 1;
        })"));
    EXPECT_EQ(device.trap, "a trap instruction was reached");
    EXPECT_EQ(device.word(0x20), 0u);
}

TEST(Accesses, AreToldWhileTheyAreWatchedAndWhereTheyDoNotGoOn) {
    const auto kernel = build(R"(
#include <cstdint>
void kernel_main() {
    uint32_t local[8];
    auto* from = reinterpret_cast<volatile uint32_t*>(0x1000);
    auto* to = reinterpret_cast<volatile uint16_t*>(0x2000);
    for (uint32_t i = 0; i < 100; ++i) {
        local[i % 8] = from[i];
        to[i] = static_cast<uint16_t>(local[i % 8]);
    }
    *reinterpret_cast<volatile uint32_t*>(0x3000) = 7;
}
)");
    FakeDevice device;
    device.run(*kernel);
    EXPECT_TRUE(device.accesses.empty());

    device.context.watched_loads = device.context.watched_stores = device.context.l1_size;
    device.run(*kernel);
    // One loop's accesses are one stretch each, however the loop was unrolled.
    ASSERT_EQ(device.accesses.size(), 3u);
    const auto stretch = [&](size_t i) { return device.stretches[device.accesses[i].stretch]; };
    EXPECT_FALSE(device.accesses[0].store);
    EXPECT_EQ(stretch(0).begin, 0x1000u);
    EXPECT_EQ(stretch(0).bytes, 400u);
    EXPECT_TRUE(device.accesses[1].store);
    EXPECT_EQ(stretch(1).begin, 0x2000u);
    EXPECT_EQ(stretch(1).bytes, 200u);
    EXPECT_EQ(device.accesses[2].address, 0x3000u);
    EXPECT_EQ(device.accesses[2].bytes, 4u);
}

}  // namespace
}  // namespace tessera::test
