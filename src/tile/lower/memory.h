// A block's buffers in L1: which circular buffer each one is, how its elements lie there, and whether all of it fits.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <arch/arch.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower/choices.h>
#include <tile/lower/compute.h>
#include <tile/lower/forms.h>
#include <tile/lower/liveness.h>

namespace tessera::tile::lower {

struct Memory {
    Storage storage;
    std::vector<device::CircularBuffer> circular_buffers;
    std::map<uint32_t, std::string> names;  ///< of circular buffers, by index
    ComputeNeeds needs;
    bool fp32_dest = false;
    // Circular buffers that are no buffer of the script; -1: there is none.
    int row_index = -1, column_index = -1, ones = -1;
    int reader_scratch = -1, writer_scratch = -1;  ///< a page that one data-movement kernel uses alone
    int scalars = -1;                              ///< integers on their way from the reader to compute
    std::map<ir::DType, uint32_t> scratch;         ///< as ComputeContext has it
};

/// What movement will need besides the block's buffers.
struct MovementNeeds {
    bool reader_scratch = false, writer_scratch = false, scalars = false;
    std::set<ir::Buffer> windows;  ///< buffers that are loaded element by element, which takes the scratch
};

/// The step of a living compute statement.
ComputeStep step_of(const Flow& flow, const Flows& flows);

/// Places for all buffers of `flows` and circular buffers for them: with room for a block only where compute makes and
/// takes it, for two where two kernels overlap (num_stages of a pipelined loop, if that is more), and for less where L1
/// is short.
/// Reported: tile-l1-budget, with a map; tile-circular-buffers, of more than 32; tile-choices, of a depth or subblock
/// that the block does not allow.
Memory plan_memory(const Flows& flows, const std::map<ir::Buffer, Form>& forms, const MovementNeeds& movement,
                   const arch::Chip& chip, const Choices& choices, Span span, Diagnostics& diagnostics);

}  // namespace tessera::tile::lower
