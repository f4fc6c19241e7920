// Atomic additions become sums of one owner.
#pragma once

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// A kernel without Atomic. Where blocks add to regions that axes of the grid alone choose, those that share a region
/// are done one after the other by one core: the axes of the grid that the region does not depend on become loops of
/// the block, the last axis outermost, in which the region is kept in the block's own memory (in float32, if it is
/// floating point); it is loaded before and stored after. Elsewhere, and where that would leave more than half of the
/// cores idle, blocks update tensors where they lie, in turns (turns.h). Either way results depend on no order of
/// arrival. `cores`: how many there are. Reported: tile-atomic-read (the launch also loads from the tensor),
/// tile-atomic-operator.
ir::Kernel own_atomics(const ir::Kernel& kernel, int64_t cores, Diagnostics& diagnostics);

}  // namespace tessera::tile::pass
