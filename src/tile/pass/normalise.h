// The plainest form of a kernel, which all later passes rely on.
#pragma once

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// The same kernel, in which
///   - a Let names only what must be read when it is reached: a load from an index tensor, or from a Local, or a value
///     that the compute kernel works out, as the greatest of three buffers of one element that all hold it: one for
///     the compute kernel, one for the reader, one for the writer; all others are written where they are used, and
///     what is constant is folded;
///   - a Parallel has constant extents and one Store, perhaps in one If, of a block's buffer; the iterations of a
///     Parallel touch no element twice, so that its stores may be done one after the other for all iterations;
///   - tensors are reached by Copy, Atomic of a region, Im2col, and, for single integers, Let; a load or store of a
///     tensor's element in a Parallel has become a Copy of the region that the Parallel covers. Where iterations choose
///     their elements (a gather), a Parallel is left whose one store takes an element of a tensor, and whose indices
///     come from variables and tensors of integers alone;
///   - a tensor copied to a tensor passes through a buffer of the block;
///   - an element of a block's buffer stored outside of a Parallel is a Parallel over the buffer with an If;
///   - floating-point Locals are buffers of the block with one element; conditions are no constants.
/// Reported: tile-gather (a store's index in a Parallel that is not an affine function with factor 1 of one of its
/// variables, or a load's that the compute kernel works out), tile-parallel-extent (one that is not constant),
/// tile-region-extent (likewise of a copy).
ir::Kernel normalise(const ir::Kernel& kernel, Diagnostics& diagnostics);

bool is_tensor(const ir::Buffer& buffer);  ///< in DRAM
bool is_block(const ir::Buffer& buffer);   ///< of a block: shared or fragment

}  // namespace tessera::tile::pass
