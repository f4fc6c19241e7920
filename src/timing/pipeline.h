// The unpackers and the matrix unit of a Tensix core at work on one operation after the other, instruction by
// instruction: how long one takes when the next follows at once.
//
// The unpack thread sends UNPACR instructions to two unpackers. Each fills the banks of a source register in turn, SrcA
// (0) or SrcB (1), as they become free and as fast as the other one lets it. The math thread's instructions wait until
// the banks that they read are full, and give them back.
#pragma once

#include <arch/engine_time.h>
#include <timing/events.h>

#include <array>
#include <cstdint>
#include <vector>

namespace tessera::timing {

/// An instruction of the unpack thread, or several.
struct UnpackStep {
    Cycles thread = 0;       ///< instructions before it
    int unpacker = -1;       ///< that reads; -1: none
    double bytes = 0;        ///< from L1,
    double datums = 0;       ///< that become so many
    uint8_t speed = 2;       ///< at which it wants to read (0: x1, 1: x2, 2: x4)
    bool hands_over = true;  ///< the bank is full then
    bool nop = false;        ///< an UNPACR_NOP, which reads nothing
};

/// Instructions of the math thread that read the same banks.
struct MathStep {
    Cycles cycles = 0;
    std::array<int, 2> reads{-1,
                             -1};  ///< the filling of SrcA and SrcB that they read, as an operation counts; -1: none
    std::array<int, 2> frees{-1, -1};  ///< that is given back when they are done
};

struct Steps {
    std::vector<UnpackStep> unpack;
    std::vector<MathStep> math;
};

struct Pipeline {
    Cycles period = 0;  ///< from one operation's end to the next one's
    Cycles unpack = 0;  ///< of the unpackers, if the matrix unit takes no time
    Cycles math = 0;    ///< of the math thread, if operands are always there
    /// Fillings of the source register that is filled more often.
    uint32_t fillings = 0;
};

Pipeline run_pipeline(const Steps& steps, const arch::EngineTime& time);

}  // namespace tessera::timing
