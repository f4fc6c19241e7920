// Neighbouring blocks become one, and neighbouring turns of a loop over K.
#pragma once

#include <utility>
#include <vector>

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>
#include <tile/pass/axes.h>

namespace tessera::tile::pass {

/// `factor` blocks along a mergeable axis are one: the dimensions that are tied to it are so many times as large, and
/// the grid has so many times fewer blocks, rounded up. A last block that reaches beyond the grid reads what loads
/// outside a tensor give and stores nothing.
ir::Stmt merge_blocks(const ir::Stmt& launch, size_t axis, const Axis& tied, int64_t factor);

/// Likewise `factor` turns of a loop that analyse_turns calls mergeable; the loop has a constant number of turns that
/// factor divides.
ir::Stmt merge_turns(const ir::Stmt& launch, const ir::For& loop, const Axis& tied, int64_t factor);

/// The loops of a launch whose turns can be merged: with constant bounds from 0 on, in steps of 1.
std::vector<std::pair<const ir::For*, Axis>> mergeable_loops(const ir::Launch& launch);

/// What is to be merged in one launch.
struct Merging {
    std::vector<int64_t> blocks;  ///< by axis; 0, 1 or missing: nothing
    int64_t turns = 1;            ///< of each loop whose turns can be merged
};

/// Merges what blocks smaller than a tile make necessary: where a dimension that tiles cover is tied to an axis of more
/// than one block and is no multiple of 32, as many blocks as make it one, if they can be merged. Then, by launch, what
/// `asked` wants.
/// Reported: tile-coarsen, of what is asked for and cannot be merged.
ir::Kernel coarsen(const ir::Kernel& kernel, const std::vector<Merging>& asked, Diagnostics& diagnostics);

}  // namespace tessera::tile::pass
