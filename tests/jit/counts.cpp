// What kernels count of their own cost on the chip.
#include <gtest/gtest.h>

#include "fake_device.h"

namespace tessera::test {
namespace {

std::shared_ptr<const jit::Kernel> counted(const std::string& text) {
    jit::KernelSource source;
    source.path = "counted.cpp";
    source.text = text;
    source.from_string = true;
    source.count_cycles = true;
    return jit::compile({source}).front();
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

}  // namespace
}  // namespace tessera::test
