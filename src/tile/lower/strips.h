// Blocks too large for L1 are done strip by strip along one dimension.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <tile/ir/stmt.h>

namespace tessera::tile::lower {

/// A dimension that buffers of a block have in common: elementwise statements, copies, products and reductions tie a
/// dimension of one buffer to one of another, and parts of it can be worked on alone.
struct CommonDimension {
    std::set<std::pair<ir::Buffer, int>> dimensions;
    std::set<ir::Var> vars;  ///< of Parallels, which run over it
    int64_t size = 0;        ///< elements
    int64_t bytes = 0;       ///< of all buffers that have it
};

/// Of a launch of a normalised kernel, those of more than one tile, what takes most bytes first.
std::vector<CommonDimension> common_dimensions(const ir::Launch& launch);

/// The launch with buffers that have `width` elements of the dimension (a divisor of its size), and loops over the
/// strips in place of what worked on all of it. A reduction along the dimension ends such a loop where its result is
/// used: what comes after is in another loop, which reads from the tensors again what it needs and works it out again.
/// Sums go on from strip to strip in the buffer of the result.
///
/// Nothing, where strips do not depend on each other in this way: contents go through a loop of the script, what has to
/// be read again was changed, or something else stands between.
std::optional<ir::Stmt> in_strips(const ir::Stmt& launch, const CommonDimension& common, int64_t width,
                                  const ir::Kernel& kernel);

}  // namespace tessera::tile::lower
