// A stand-in for the device: one core's L1 and local memory, and a record of what instrumented code called.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <jit/jit.h>

#include "../../kernel/tessera/abi.h"

namespace tessera::test {

struct FakeDevice {
    FakeDevice();
    ~FakeDevice();

    /// Fresh globals and poll budget, then the kernel.
    void run(const jit::Kernel& kernel);

    uint32_t word(uint32_t address) const;
    void set_word(uint32_t address, uint32_t value);

    std::vector<uint8_t> l1 = std::vector<uint8_t>(64 * 1024);
    std::vector<uint8_t> local = std::vector<uint8_t>(4096);
    std::vector<uint8_t> globals;
    tsr_context context{};

    int slow_to_pointer = 0;
    int slow_to_integer = 0;
    int polls = 0;
    int pure_polls = 0;
    int divisions_by_zero = 0;
    int spun = 0;  ///< loops that have ended because of what they saw in memory
    /// Loads and stores that did not go on where their stretch ends.
    struct Access {
        uint32_t address, bytes, stretch;
        bool store;
    };
    std::vector<Access> accesses;
    std::vector<tsr_stretch> stretches = std::vector<tsr_stretch>(TSR_STRETCHES, tsr_stretch{TSR_NO_STRETCH, 0});
    std::string trap;
    /// Called at each poll, as another processor would run then.
    void (*on_poll)(FakeDevice&) = nullptr;
    const jit::Kernel* running = nullptr;

    static FakeDevice* current;
};

/// Thrown through a kernel by tsr_trap.
struct Trapped {};

/// Compiles kernel text for a data-movement core.
std::shared_ptr<const jit::Kernel> build(const std::string& text, const std::string& name = "kernel.cpp",
                                         const std::string& prologue = {});

}  // namespace tessera::test
