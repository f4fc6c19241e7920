// Random valid programs on the simulated device: the bytes that they leave must be those of the model that drew them.
// TESSERA_SOAK_PROGRAMS (default 100) programs, with the seeds from TESSERA_SOAK_FIRST (default 1) on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

#include "kernels.h"
#include "random_program.h"

using namespace tt::tt_metal;

namespace soak {
namespace {

uint64_t setting(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

IDevice* device = nullptr;

CoreCoord logical(Coord at) {
    return CoreCoord(at.x, at.y);
}

Coord to_virtual(Coord at) {
    const CoreCoord core = device->worker_core_from_logical_core(logical(at));
    return {static_cast<uint32_t>(core.x), static_cast<uint32_t>(core.y)};
}

std::vector<uint32_t> words_of(const std::vector<uint8_t>& bytes) {
    std::vector<uint32_t> words(bytes.size() / 4);
    std::memcpy(words.data(), bytes.data(), words.size() * 4);
    return words;
}

std::vector<uint32_t> words_of(const std::vector<Slot>& slots) {
    std::vector<uint32_t> words;
    for (const Slot& slot : slots) {
        words.insert(words.end(), slot.begin(), slot.end());
    }
    return words;
}

class Soak : public testing::Test {
protected:
    void SetUp() override {
        device = CreateDevice(0);
        banks_ = static_cast<uint32_t>(device->num_dram_channels());
    }
    void TearDown() override { CloseDevice(device); }

    void prepare(const RandomProgram& drawn) {
        for (size_t i = 0; i < drawn.cores.size(); ++i) {
            const CoreProgram& core = drawn.cores[i];
            std::vector<uint32_t> slots = words_of(drawn.initial[i]);
            std::vector<uint32_t> zeros(1024);
            detail::WriteToDeviceL1(device, logical(core.logical), slots_address, slots);
            detail::WriteToDeviceL1(device, logical(core.logical), words_address, zeros);
            for (uint32_t index = 0; index < 2; ++index) {
                std::vector<uint32_t> code = core.code[index];
                ASSERT_LE(code.size() * 4, code_bytes);
                detail::WriteToDeviceL1(device, logical(core.logical), code_address + index * code_bytes, code);
            }
            for (const Pipeline& line : core.pipelines) {
                std::vector<uint32_t> pages = words_of(line.input);
                detail::WriteToDeviceDRAMChannel(device, static_cast<int>(line.bank), line.from, pages);
            }
        }
        for (uint32_t slot = 0; slot < dram_slots; ++slot) {
            std::vector<uint32_t> words(drawn.dram_initial[slot].begin(), drawn.dram_initial[slot].end());
            detail::WriteToDeviceDRAMChannel(device, static_cast<int>(slot % banks_),
                                             dram_slots_address + slot * slot_bytes, words);
        }
    }

    void run(const RandomProgram& drawn) {
        Program program = CreateProgram();
        const CoreRange cores(logical(drawn.first), logical(drawn.last));
        const auto writer = CreateKernelFromString(
            program, soak_data_movement, cores,
            DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
        const auto reader = CreateKernelFromString(
            program, soak_data_movement, cores,
            DataMovementConfig{.processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default});
        const auto compute = CreateKernelFromString(program, soak_compute, cores, ComputeConfig{});
        for (const CoreProgram& core : drawn.cores) {
            const CoreCoord at = logical(core.logical);
            for (const uint8_t index : {0, 1, 16}) {
                CreateCircularBuffer(program, at,
                                     CircularBufferConfig(core.depth * tile_bytes, {{index, tt::DataFormat::Float16_b}})
                                         .set_page_size(index, tile_bytes));
            }
            CreateCircularBuffer(program, at,
                                 CircularBufferConfig(core.plain_depth * core.plain_page, {{2, tt::DataFormat::UInt32}})
                                     .set_page_size(2, core.plain_page));
            SetRuntimeArgs(program, writer, at, {code_address});
            SetRuntimeArgs(program, reader, at, {code_address + code_bytes});
            SetRuntimeArgs(program, compute, at, core.compute_args);
        }
        detail::LaunchProgram(device, program);
    }

    void check(const RandomProgram& drawn) {
        for (const CoreProgram& core : drawn.cores) {
            std::vector<uint32_t> slots;
            detail::ReadFromDeviceL1(device, logical(core.logical), slots_address, slots_a_core * slot_bytes, slots);
            const std::vector<uint32_t> wanted = words_of(core.slots);
            for (uint32_t i = 0; i < wanted.size(); ++i) {
                ASSERT_EQ(slots[i], wanted[i]) << "core " << core.logical.x << "," << core.logical.y << " slot "
                                               << i / slot_words << " word " << i % slot_words;
            }
            for (const Pipeline& line : core.pipelines) {
                std::vector<uint32_t> pages;
                detail::ReadFromDeviceDRAMChannel(device, static_cast<int>(line.bank), line.to,
                                                  static_cast<uint32_t>(line.expected.size()), pages);
                ASSERT_EQ(pages, words_of(line.expected))
                    << "a pipeline of core " << core.logical.x << "," << core.logical.y << ", kind "
                    << (line.computes ? static_cast<int>(line.kind) : -1);
            }
        }
        for (uint32_t slot = 0; slot < dram_slots; ++slot) {
            std::vector<uint32_t> words;
            detail::ReadFromDeviceDRAMChannel(device, static_cast<int>(slot % banks_),
                                              dram_slots_address + slot * slot_bytes, slot_bytes, words);
            ASSERT_TRUE(std::equal(words.begin(), words.end(), drawn.dram[slot].begin())) << "slot of DRAM " << slot;
        }
    }

    uint32_t banks_ = 0;
};

TEST_F(Soak, RandomProgramsLeaveTheBytesOfTheModel) {
    const uint64_t first = setting("TESSERA_SOAK_FIRST", 1), count = setting("TESSERA_SOAK_PROGRAMS", 100);
    const CoreCoord grid = device->compute_with_storage_grid_size();
    for (uint64_t seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const RandomProgram drawn =
            draw(seed, {static_cast<uint32_t>(grid.x), static_cast<uint32_t>(grid.y)}, banks_, to_virtual);
        prepare(drawn);
        try {
            run(drawn);
        } catch (const std::exception& error) {
            FAIL() << error.what();
        }
        check(drawn);
        if (HasFatalFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace soak
