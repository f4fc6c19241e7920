// Neighbouring blocks become one.
#pragma once

#include <map>

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>
#include <tile/pass/axes.h>

namespace tessera::tile::pass {

/// `factor` blocks along a mergeable axis are one: the dimensions that are tied to it are so many times as large, and
/// the grid has so many times fewer blocks, rounded up. A last block that reaches beyond the grid reads what loads
/// outside a tensor give and stores nothing.
ir::Stmt merge_blocks(const ir::Stmt& launch, size_t axis, const Axis& tied, int64_t factor);

/// Merges what blocks smaller than a tile make necessary: where a dimension that tiles cover is tied to an axis of more
/// than one block and is no multiple of 32, as many blocks as make it one, if they can be merged. Then, by launch and
/// axis, what `asked` wants.
/// Reported: tile-coarsen, of what is asked for and cannot be merged.
ir::Kernel coarsen(const ir::Kernel& kernel, const std::map<std::pair<size_t, size_t>, int64_t>& asked,
                   Diagnostics& diagnostics);

}  // namespace tessera::tile::pass
