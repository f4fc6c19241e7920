// A core's kernel gone through once, with a clock for each unit. Of a loop some turns are gone through and the others
// taken to be like them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <arch/arch.h>
#include <arch/engine_time.h>
#include <arch/noc_time.h>
#include <tile/device/program.h>
#include <timing/engine.h>

namespace tessera::tile::cost {

/// What a core's kernels have in common.
struct Machine {
    const device::Program& program;
    const arch::Chip& chip;
    const arch::EngineTime& engines;
    arch::NocTime noc;
    std::map<std::string, double, std::less<>> calls;
    /// What operations of the engine take: the same come again and again.
    mutable std::map<std::tuple<uint32_t, uint32_t, uint32_t, uint64_t>, timing::EngineWork> works;
    double read_page = 0, write_page = 0;
    std::map<std::string, const device::CircularBuffer*, std::less<>> rings;
    std::map<std::string, const device::Tensor*, std::less<>> tensors;
    double hops = 0;  ///< on the way to DRAM or another core, on average
};

Machine machine_of(const device::Program& program, const std::vector<device::Tensor>& tensors, const arch::Chip& chip);

/// From a read's request until its first bytes are there, with nobody else on the way.
double read_latency(const Machine& machine);

/// What the reads that one barrier waits for ask of each bank of DRAM, in bytes, and how long they take if nobody else
/// reads.
struct Waited {
    std::vector<double> banks;
    double alone = 0;
};
/// Times and amounts that grow while a kernel is gone through. One array, so that a loop's turns can be added at once.
enum Clock : size_t {
    Now,  ///< of a data-movement kernel
    UnpackNow,
    MathNow,
    PackNow,
    Committed,
    Released,        ///< the half of DST that the packer gave back last,
    ReleasedBefore,  ///< and the other one
    UnpackWork,
    MathWork,
    PackWork,
    ReadBytes,     ///< from DRAM,
    WrittenBytes,  ///< and to it
    RowBytes,      ///< multicast along the row of cores,
    ColumnBytes,   ///< and along the column
    Pending,       ///< bytes on their way
    Barriers,      ///< that reads are waited for at
    First,         ///< pushed_[ring] of each ring: when its latest tiles were there
    Last = First + 40
};
using Clocks = std::array<double, Last>;

/// What a kernel takes if it never waits for another.
struct Walked {
    Clocks clocks{};
    double first_push = -1;     ///< when the first block is there
    double last_store = 0;      ///< how long the last one takes to be stored
    std::vector<Waited> waits;  ///< of the first barriers

    double total() const;
};

Walked walk(const Machine& machine, const device::KernelCode& kernel, size_t core);

}  // namespace tessera::tile::cost
