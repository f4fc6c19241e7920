// Atomic additions become sums of one owner.
#pragma once

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// A kernel without Atomic. Where blocks add to the same region of a tensor, those that share the region are done one
/// after the other by one core: the axes of the grid that the region does not depend on become loops of the block, the
/// last axis outermost, in which the region is kept in the block's own memory (in float32, if it is floating point);
/// it is loaded before and stored after. Results so depend on no order of arrival.
/// Reported: tile-atomic-loop (the region depends on a loop of the block), tile-atomic-overlap (blocks share parts of
/// their regions, or one tensor is updated in two regions that may overlap), tile-atomic-read (the launch also reads or
/// stores the tensor), tile-atomic-operator.
ir::Kernel own_atomics(const ir::Kernel& kernel, Diagnostics& diagnostics);

}  // namespace tessera::tile::pass
