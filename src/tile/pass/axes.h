// What each axis of a launch's grid has to do with the dimensions of a block's buffers.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

/// An axis of the grid, seen from the body of a block. Block g of the axis works on elements g*block ... of dimensions
/// of tensors, and these are all of some dimensions of the block's buffers: those are tied to the axis. What is tied is
/// found by following copies, elementwise statements, products, reductions and transposes from the tensors inwards.
struct Axis {
    /// Whether blocks that are neighbours along the axis can be one block with tied dimensions larger: nothing is
    /// summed or scanned along a tied dimension, no control flow depends on the block, and wherever the block's number
    /// stands in an index or value it stands as block*number + element.
    bool mergeable = false;
    std::string reason;                               ///< if it is not
    Span where;                                       ///< likewise
    int64_t block = 0;                                ///< elements of the tied dimensions
    std::set<std::pair<ir::Buffer, int>> dimensions;  ///< tied ones of the block's buffers
    std::set<ir::Var> vars;                           ///< of Parallels, which run over tied dimensions
    std::set<std::pair<ir::Buffer, int>> tensors;     ///< dimensions of tensors that the axis cuts into blocks
    /// Tensors that are copied from without any dependence on the axis: every block along it reads the same.
    std::set<ir::Buffer> shared;
};

/// Of a launch of a normalised kernel.
Axis analyse_axis(const ir::Launch& launch, size_t axis);

/// The same of a loop of the launch, whose turns take the place of blocks: turn t works on elements t*block ... of what
/// is tied, and these are summed by products. mergeable: neighbouring turns can be one turn with tied dimensions
/// larger, since all that a turn does is to load such operands, to work on them element by element, and to add products
/// over them to sums.
Axis analyse_turns(const ir::Launch& launch, const ir::For& loop);

/// Dimensions that a copy between two regions pairs, those of extent 1 among them where both sides have as many that
/// are not dropped. First of a, second of b.
std::vector<std::pair<int, int>> paired_dimensions(const ir::Region& a, const ir::Region& b);

}  // namespace tessera::tile::pass
