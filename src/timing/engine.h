// What one operation of a Tensix engine takes.
#pragma once

#include <record/recording.h>
#include <timing/events.h>

#include <arch/arch.h>

namespace tessera::timing {

/// The parts of an operation, each on a resource of its own that does one after the other. A compute thread issues its
/// part and goes on; the units work as their operands come.
struct EngineWork {
    // Of the three threads' RISC-V cores, until they can go on to the next call.
    Cycles unpack_issue = 0, math_issue = 0, pack_issue = 0;
    // Of the unpackers (both together), the matrix or vector unit, the packers.
    Cycles unpack = 0, math = 0, pack = 0;
    /// Pieces in which the unpackers hand operands over to the matrix unit. The source registers have two banks: it is
    /// at most two pieces ahead.
    uint32_t pieces = 1;
    Cycles latency = 0;  ///< from the last unpacked datum until the first result, or from DST to the first packed byte
};

/// On this chip. Throws tessera::Error for a kind that it can't know.
EngineWork engine_work(const record::Compute& compute, const arch::Chip& chip);

}  // namespace tessera::timing
