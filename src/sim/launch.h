// What the host layer hands to the device to run: kernels as loaded code, and what each core starts with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <arch/arch.h>

namespace tessera::sim {

enum class Processor : uint8_t { RISCV_0 = 0, RISCV_1 = 1, COMPUTE = 2 };

/// A kernel that the kernel compiler has built and loaded.
struct KernelCode {
    void (*entry)() = nullptr;                    ///< runs global constructors, then kernel_main
    const std::byte* globals_template = nullptr;  ///< initial bytes of the mutable globals
    size_t globals_bytes = 0;
    const std::byte* image = nullptr;  ///< the loaded object, for constants' addresses and for symbolizing
    size_t image_bytes = 0;
    std::string name;         ///< shown in messages, e.g. reader.cpp
    std::string object_path;  ///< shared object, for symbolizing a program counter
};

struct CircularBufferSetup {
    uint8_t index = 0;
    uint32_t address = 0;  ///< L1 bytes
    uint32_t bytes = 0;
    uint32_t page_bytes = 0;
    uint8_t data_format = 0;  ///< tt::DataFormat
    uint16_t tile_rows = 32, tile_cols = 32, face_rows = 16, num_faces = 4;
    uint32_t tile_bytes = 0;
    bool on_tensor = false;  ///< it lies on the memory of an L1 buffer of the host's (set_globally_allocated_address)
};

/// What ComputeConfig fixes for the Tensix engine.
struct ComputeSettings {
    uint8_t math_fidelity = 4;  ///< 0 LoFi, 2 HiFi2, 3 HiFi3, 4 HiFi4
    bool fp32_dest_acc_en = false;
    bool dst_full_sync_en = false;
    bool math_approx_mode = false;
    bool bfp8_pack_precise = false;
    std::vector<uint8_t> unpack_to_dest_fp32;  ///< by circular buffer index: 1 where UnpackToDestFp32 is asked for
};

struct ProcessorLaunch {
    Processor processor = Processor::RISCV_0;
    const KernelCode* code = nullptr;
    uint8_t noc = 0;
    uint8_t noc_mode = 0;
    std::span<const uint32_t> args;  ///< unique runtime arguments of this core
    std::span<const uint32_t> common_args;
    arch::Coord range_origin;  ///< logical start of the kernel's core range (relative coordinates)
    const ComputeSettings* compute = nullptr;
};

struct SemaphoreSetup {
    uint8_t id = 0;
    uint32_t initial = 0;
};

struct CoreLaunch {
    arch::Coord logical;
    std::vector<ProcessorLaunch> processors;
    std::vector<CircularBufferSetup> circular_buffers;
    std::vector<SemaphoreSetup> semaphores;
};

/// One program on one chip. Built once by the host layer and launched many times.
struct ProgramLaunch {
    uint32_t device = 0;
    std::string name;
    bool traced = false;  ///< it is a part of a captured trace
    std::vector<CoreLaunch> cores;
};

}  // namespace tessera::sim
