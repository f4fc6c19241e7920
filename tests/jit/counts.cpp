// What kernels count of their own cost on the chip. Expected counts are worked out by hand from what the ISA
// documentation says of the cores: one instruction a cycle, in order; loads from L1 answer after 8 cycles, from the
// core's own memory after 2; multiplication takes 2; one store to L1 in 5 cycles.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "fake_device.h"

namespace tessera::test {
namespace {

std::shared_ptr<const jit::Kernel> counted(const std::string& text, jit::Kind kind = jit::Kind::DataMovement) {
    jit::KernelSource source;
    source.kind = kind;
    source.path = "counted.cpp";
    source.text = text;
    source.from_string = true;
    source.count_cycles = true;
    return jit::compile({source}).front();
}

uint64_t cycles(const std::string& text, std::initializer_list<std::pair<uint32_t, uint32_t>> words = {}) {
    FakeDevice device;
    for (auto [address, value] : words) {
        device.set_word(address, value);
    }
    device.run(*counted(text));
    return device.context.cycles;
}

/// Cycles of one more turn of a loop whose number of turns is the word at 0x80.
uint64_t cycles_a_turn(const std::string& text) {
    return (cycles(text, {{0x80, 1100}}) - cycles(text, {{0x80, 100}})) / 1000;
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Counts, OnlyAKernelThatShallCountDoes) {
    const char* text = "void kernel_main() { volatile uint32_t* p = (volatile uint32_t*)0x80; p[1] = p[0] + 1; }";
    FakeDevice device;
    device.run(*build(text, "counted.cpp"));
    EXPECT_EQ(device.context.cycles, 0u);
    device.run(*counted(text));
    EXPECT_GT(device.context.cycles, 0u);
    EXPECT_EQ(device.word(0x84), 1u);
}

TEST(Counts, StraightCode) {
    // tail-call of the kernel   1
    // lw   a0, 128(zero)        1
    // addi a0, a0, 1            8: waits 7 for the load
    // sw   a0, 132(zero)        1
    // ret                       3: the address is not predicted
    EXPECT_EQ(cycles("void kernel_main() { volatile uint32_t* p = (volatile uint32_t*)0x80; p[1] = p[0] + 1; }"), 14u);
}

TEST(Counts, ALoopOfArithmetic) {
    // mul a, a, b  2;  addi a, a, 7  1;  addi n, n, -1  1;  bnez n  1. Something else between the two, so that the
    // compiler can't know the sum: xor  1.
    EXPECT_EQ(cycles_a_turn(R"(
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            uint32_t a = p[1], b = p[2];
            for (uint32_t n = p[0]; n != 0; --n) a = (a * b + 7) ^ b;
            p[3] = a;
        })"),
              6u);
}

TEST(Counts, LoadsFromL1AreWaitedFor) {
    // lw x, 0(p)  1; two instructions that need nothing of it; add a, a, x waits until 8 after the load, 1.
    // A turn: load at 0, the sum at 8, the branch after it at 9 (the other two fit in between): 10 cycles.
    EXPECT_EQ(cycles_a_turn(R"(
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            uint32_t a = 0;
            for (uint32_t n = p[0]; n != 0; --n) { a += p[1]; }
            p[3] = a;
        })"),
              10u);
}

TEST(Counts, StoresToL1ComeFiveCyclesApart) {
    // sw; sw; addi; bnez: two stores in ten cycles, whatever else there is.
    EXPECT_EQ(cycles_a_turn(R"(
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            for (uint32_t n = p[0]; n != 0; --n) { p[1] = n; p[2] = n; }
        })"),
              10u);
}

TEST(Counts, SixtyFourBitsTakeSeveralInstructions) {
    // On a 32-bit core: add lo; sltu carry; add hi; add carry. And xor of both words, so that it stays a loop: 2, the
    // count and the branch: 2.
    EXPECT_EQ(cycles_a_turn(R"(
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            uint64_t a = p[1], b = (uint64_t)p[2] << 32 | p[4];
            for (uint32_t n = p[0]; n != 0; --n) a = (a + b) ^ b;
            p[3] = a; p[5] = a >> 32;
        })"),
              8u);
}

TEST(Counts, WhatIsVectorsHereIsALoopThere) {
    // An array in the core's own memory: lw, wait 1, add, sw, and the loop's pointer, count and branch; the outer
    // loop's few.
    const uint64_t turn = cycles_a_turn(R"(
        uint32_t values[64];
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            for (uint32_t n = p[0]; n != 0; --n)
                for (int i = 0; i < 64; ++i) values[i] += i;
            p[3] = values[p[1]];
        })");
    EXPECT_GE(turn, 64u * 6);
    EXPECT_LE(turn, 64u * 7 + 6);
}

TEST(Counts, ALoopThatWaitsCountsOneLook) {
    const char* text = R"(
        void kernel_main() {
            while (*(volatile uint32_t*)0x80 != 1) {}
        })";
    const auto looks = [&](int polls) {
        static int wanted;
        wanted = polls;
        FakeDevice device;
        device.on_poll = [](FakeDevice& self) {
            if (self.polls == wanted) {
                self.set_word(0x80, 1);
            }
        };
        device.run(*counted(text));
        return device.context.cycles;
    };
    EXPECT_EQ(looks(1), looks(50));
    EXPECT_GE(looks(1), 9u);
    EXPECT_LE(looks(1), 20u);
}

TEST(Counts, FunctionsOfTheKernelsOwn) {
    // A call: jal 1, and here srli 1, xor 1, ret 3; behind it add to the sum 1; count and branch 2, and the argument 1.
    const uint64_t turn = cycles_a_turn(R"(
        __attribute__((noinline)) uint32_t mixed(uint32_t x) { asm volatile(""); return (x >> 1) ^ 77; }
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            uint32_t a = 0;
            for (uint32_t n = p[0]; n != 0; --n) a += mixed(n);
            p[3] = a;
        })");
    EXPECT_EQ(turn, 10u);
}

TEST(Counts, ReadingAnArgumentIsALoadOfItsAddressAndOfIt) {
    const char* none = "void kernel_main() { *(volatile uint32_t*)0x84 = 5; }";
    const char* one = "void kernel_main() { *(volatile uint32_t*)0x84 = get_arg_val<uint32_t>(0); }";
    // The load of the arguments' address 1 (relative to the global pointer), wait 1, the argument's load 1, wait 7,
    // instead of `li a0, 5`.
    EXPECT_EQ(cycles(one) - cycles(none), 9u);
}

TEST(Counts, DivisionsTakeTheirTimeAndTheCheckForZeroNone) {
    // Two divisions of some 18 cycles each, with one check each that the chip has not; xor and the loop's two, add, and
    // what a copy may take. The second divides by the same number.
    const uint64_t turn = cycles_a_turn(R"(
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            uint32_t a = 0, by = p[0] | 1;
            for (uint32_t n = p[0]; n != 0; --n) a += (n / by) ^ (n % (by + 1));
            p[3] = a;
        })");
    EXPECT_GE(turn, 36u + 4);
    EXPECT_LE(turn, 36u + 7);
}

TEST(Counts, VectorInstructions) {
    const auto instructions = [](const std::string& body) {
        FakeDevice device;
        device.run(*counted("#include \"sfpi.h\"\nusing namespace sfpi;\nvoid kernel_main() {" + body + "}",
                            jit::Kind::Compute));
        return device.context.vector_instructions;
    };
    EXPECT_EQ(instructions(""), 0u);
    // SFPLOAD, SFPSTORE.
    EXPECT_EQ(instructions("vFloat x = dst_reg[0]; dst_reg[1] = x;"), 2u);
    // SFPLOAD, SFPMAD (the product and its sum are one), SFPMUL, SFPSTORE.
    EXPECT_EQ(instructions("vFloat x = dst_reg[0]; x = x * x + x; dst_reg[0] = x * x;"), 4u);
    // Eight times: SFPLOAD; SFPPUSHC, SFPSETCC, SFPMUL, SFPPOPC; SFPSTORE; INCRWC.
    EXPECT_EQ(instructions(R"(
        for (int i = 0; i < 8; ++i) {
            vFloat x = dst_reg[0];
            v_if (x < 0.0f) { x = x * x; } v_endif;
            dst_reg[0] = x;
            dst_reg++;
        })"),
              8u * 7);
    // A comparison with anything but zero subtracts first. Integers: SFPLOAD, SFPIADD, SFPSHFT, SFPOR, SFPSTORE.
    EXPECT_EQ(instructions("vFloat x = dst_reg[0]; v_if (x < 2.0f) { dst_reg[0] = x; } v_endif;"), 6u);
    EXPECT_EQ(instructions("vUInt x = dst_reg[0]; x = ((x + 3) << 2) | 1; dst_reg[0] = x;"), 5u);
}

TEST(Counts, TheVectorUnitsEmulationIsNoWorkOfTheCore) {
    const auto cost = [](const std::string& body) {
        FakeDevice device;
        device.run(*counted("#include \"sfpi.h\"\nusing namespace sfpi;\nvoid kernel_main() {" + body + "}",
                            jit::Kind::Compute));
        return device.context.cycles;
    };
    EXPECT_LE(cost("vFloat x = dst_reg[0]; x = x * x + x; v_if (x < 0.0f) { x = 1.0f; } v_endif; dst_reg[0] = x;"),
              cost("") + 8);
}

TEST(Counts, TheSameEveryTimeAndOnEveryLevelOfTheHost) {
    const std::string text = R"(
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            uint8_t bytes[100];
            for (uint32_t i = 0; i < 100; ++i) bytes[i] = p[0] + i;
            uint32_t a = 0;
            for (uint32_t i = 0; i < 100; ++i) a = a * 31 + bytes[i];
            p[1] = a;
        })";
    EXPECT_EQ(cycles(text), cycles(text));
    // Another text, which is compiled anew, with the same meaning.
    EXPECT_EQ(cycles(text), cycles(text + "\n// again\n"));
}

TEST(Counts, AddressesOfInterleavedPagesAreTheKernelsWork) {
    // Of 12 banks: mulhu 2, srli 1, mul 2, add 1 for the bank; two tables of 4 and 2 bytes an entry, slli, add and load
    // each: 6; the row's offset slli 1 and its sum with base and bank's offset 2; count and branch 2; xor and add 2.
    const uint64_t turn = cycles_a_turn(R"(
        void kernel_main() {
            volatile uint32_t* p = (volatile uint32_t*)0x80;
            const InterleavedAddrGenFast<true> s = {
                .bank_base_address = p[1], .page_size = 2048, .data_format = DataFormat::Float16_b};
            uint32_t sum = 0;
            for (uint32_t n = p[0]; n != 0; --n) {
                const uint64_t address = s.get_noc_addr(n);
                sum += static_cast<uint32_t>(address) ^ static_cast<uint32_t>(address >> 36);
            }
            p[2] = sum;
        })");
    EXPECT_GE(turn, 18u);
    EXPECT_LE(turn, 22u);
}

TEST(Counts, WithoutTheWishNothingOfItIsInTheObject) {
    const std::string text = "void kernel_main() { volatile uint32_t* p = (volatile uint32_t*)0x80; p[1] = p[0] * 3; }";
    const auto plain = build(text, "counted.cpp");
    const std::string object = bytes_of(plain->object_path);
    EXPECT_EQ(object.find("tsr_counted"), std::string::npos);
    EXPECT_NE(object, bytes_of(counted(text)->object_path));
}

}  // namespace
}  // namespace tessera::test
