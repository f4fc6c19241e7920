// Each buffer of a block gets one kernel that fills it and one that empties it, as a circular buffer needs.
#pragma once

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>

namespace tessera::tile::lower {

/// A launch of a normalised kernel, in which each buffer of the block has one producer (all of the statements that
/// write it have one role) and one consumer (likewise). The contents that a buffer has at different times, where
/// different kernels make or take them, become buffers of their own; where one content has two kernels on a side, a
/// copy by the compute kernel stands between: A_in -> A after a load, A -> A_out before a store. What goes to a tensor
/// has the tensor's element type, and what comes from one too.
///
/// All buffers of the block are allocated at the top of the launch.
ir::Stmt assign_roles(const ir::Stmt& launch, const ir::Kernel& kernel, Diagnostics& diagnostics);

}  // namespace tessera::tile::lower
