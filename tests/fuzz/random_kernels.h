// Draws programs of device calls with random arguments, from nearly right ones to plain noise, and interprets them as
// kernels. Everything that a kernel can do to the device is among them: what the headers call, loads and stores through
// any address, deep recursion, division by zero, loops that wait for nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../sim/machine_for_tests.h"

namespace tessera::fuzz {

enum class Call : uint8_t {
    CbReserve,
    CbPush,
    CbWait,
    CbPop,
    CbReservable,
    CbAvailable,
    CbCounters,
    NocRead,
    NocWrite,
    NocMulticast,
    NocInline,
    NocInlineMulticast,
    NocIncrement,
    NocIncrementMulticast,
    ReadBarrier,
    WriteBarrier,
    Flush,
    AtomicBarrier,
    FullBarrier,
    ReadsDone,
    WritesDone,
    WaitWord,
    Notify,
    Load,
    Store,
    Copy,
    Spin,
    Yield,
    Pause,
    Clock,
    Argument,
    Recurse,
    Divide,
    Trap,
    Fault,
    Assert,
    Waypoint,
    Ring,
    Zone,
    Print,
    Repeat,
    // Compute only from here on.
    DstAcquire,
    DstCommit,
    DstWait,
    DstRelease,
    DstAcquireBoth,
    DstReleaseBoth,
    DstTile,
    Init,
    Formats,
    ConfigureMath,
    ConfigurePack,
    CopyTile,
    CopyTileBroadcast,
    Binary,
    BinaryDestReuse,
    Matmul,
    Reduce,
    ReduceDst,
    Transpose,
    TransposeDst,
    UnpackTilize,
    UnpackTilizeAb,
    ReducePending,
    Pack,
    PackBlock,
    PackRows,
    PackUntilize,
    SfpuUnary,
    SfpuBinary,
    SfpuTernary,
    SfpuOther,
    Count,
};
inline constexpr Call first_compute_call = Call::DstAcquire;

struct Op {
    Call call = Call::Yield;
    uint32_t a[8] = {};
};

struct RandomLaunch {
    std::vector<std::vector<Op>> kernels;  ///< what the processors run; they read it by the address of its first op
    std::unique_ptr<sim::TestProgram> program;
    std::unique_ptr<sim::ComputeSettings> settings;
};

/// The same launch for the same seed.
RandomLaunch draw_launch(uint64_t seed);

}  // namespace tessera::fuzz
