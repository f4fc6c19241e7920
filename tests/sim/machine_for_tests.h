// Kernels as plain functions: what the device's tests run in place of compiled kernels.
#pragma once

#include <base/reporter.h>
#include <sim/core.h>
#include <sim/machine.h>
#include <tessera/abi.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tessera::sim {

inline KernelCode kernel(void (*entry)(), std::string name = "kernel.cpp") {
    KernelCode code;
    code.entry = entry;
    code.name = std::move(name);
    return code;
}

/// Builds a ProgramLaunch and owns what it refers to.
class TestProgram {
public:
    explicit TestProgram(uint32_t device = 0) { launch_.device = device; }
    TestProgram(const TestProgram&) = delete;

    CoreLaunch& core(uint16_t x, uint16_t y) {
        for (CoreLaunch& core : launch_.cores) {
            if (core.logical == arch::Coord{x, y}) {
                return core;
            }
        }
        launch_.cores.push_back({.logical = {x, y}});
        return launch_.cores.back();
    }

    TestProgram& on(uint16_t x, uint16_t y, Processor processor, void (*entry)(), std::vector<uint32_t> args = {},
                    std::string name = "kernel.cpp") {
        codes_.push_back(kernel(entry, std::move(name)));
        args_.push_back(std::move(args));
        core(x, y).processors.push_back({.processor = processor, .code = &codes_.back(), .args = args_.back()});
        return *this;
    }

    TestProgram& buffer(uint16_t x, uint16_t y, uint8_t index, uint32_t address, uint32_t pages, uint32_t page_bytes) {
        core(x, y).circular_buffers.push_back(
            {.index = index, .address = address, .bytes = pages * page_bytes, .page_bytes = page_bytes});
        return *this;
    }

    TestProgram& semaphore(uint16_t x, uint16_t y, uint8_t id, uint32_t initial) {
        core(x, y).semaphores.push_back({id, initial});
        return *this;
    }

    void run(Machine& machine) {
        const ProgramLaunch* program = &launch_;
        machine.run({&program, 1});
    }

    const ProgramLaunch& launch() const { return launch_; }

private:
    ProgramLaunch launch_;
    std::deque<KernelCode> codes_;
    std::deque<std::vector<uint32_t>> args_;
};

inline Options options(unsigned threads = 1) {
    Options result;
    result.threads = threads;
    return result;
}

/// The name of the first diagnostic of a run, whether it ended the run or not; empty if there was none. text receives
/// the message.
inline std::string error_of(Machine& machine, TestProgram& program, std::string* text = nullptr) {
    Reporter& reporter = Reporter::instance();
    reporter.take();
    ReportPolicy quiet = reporter.policy();
    quiet.quiet = true;
    reporter.configure(quiet);
    try {
        program.run(machine);
        if (const std::vector<Diagnostic> found = Reporter::instance().take(); !found.empty()) {
            if (text != nullptr) {
                *text = found.front().render();
            }
            return found.front().name;
        }
    } catch (const Error& error) {
        if (const std::vector<Diagnostic> found = Reporter::instance().take(); found.size() > 1) {
            if (text != nullptr) {
                *text = found.front().render();
            }
            return found.front().name;
        }
        if (text != nullptr) {
            *text = error.what();
        }
        return error.diagnostic().name;
    }
    return {};
}

// What kernel headers would do.
inline uint32_t arg(uint32_t index) {
    return *reinterpret_cast<const uint32_t*>(tsr_ctx->l1 + tsr_ctx->rt_args_l1 + 4 * index);
}
inline uint64_t noc_address(uint32_t x, uint32_t y, uint64_t local) {
    return local | uint64_t{x} << 36 | uint64_t{y} << 42;
}
/// Of a Wormhole worker by its logical coordinates.
inline uint64_t worker(uint32_t x, uint32_t y, uint64_t local) {
    return noc_address(18 + x, 18 + y, local);
}
inline uint64_t rectangle(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint64_t local) {
    return worker(x1, y1, local) | uint64_t{18 + x0} << 48 | uint64_t{18 + y0} << 54;
}
inline uint64_t dram(uint32_t bank, uint64_t address, uint32_t noc = 0) {
    const uint32_t xy = tsr_ctx->dram_bank_to_noc_xy[noc][bank];
    return noc_address(xy & 63, xy >> 6, address + static_cast<uint32_t>(tsr_ctx->bank_to_dram_offset[bank]));
}
inline uint32_t& l1_word(uint32_t address) {
    return *reinterpret_cast<uint32_t*>(tsr_ctx->l1 + address);
}
inline uint32_t semaphore_address(uint32_t id) {
    return tsr_ctx->semaphores_l1 + id * tsr_ctx->semaphore_stride;
}

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

}  // namespace tessera::sim
