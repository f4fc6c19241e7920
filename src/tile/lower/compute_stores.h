// What a Parallel stores, over the coordinates of its result's elements.
#pragma once

#include <map>
#include <vector>

#include <tile/lower/compute_values.h>

namespace tessera::tile::lower {

/// The one store of a Parallel: with what is known under lets written out, and all conditions joined.
struct Stored {
    const ir::Store* store = nullptr;
    ir::Expr condition;  ///< null: always
    ir::Expr value;
    Span span;
};

/// Of a Parallel's body. Refusal: tile-parallel-stores.
Stored stored_by(const ir::Block& body);

/// How the Parallel's variables are the result's coordinates.
struct Mapping {
    std::map<ir::Var, ir::Expr> variables;
    std::vector<ir::Expr> element;  ///< the indices of the result's element, a dimension each
    ir::Expr covered;               ///< which elements the Parallel stores; null: all
};

/// For the indices of the store. Refusal: tile-parallel-race, tile-store-index.
Mapping mapping_of(const ir::Parallel& parallel, const Place& result, const TilePosition& position, Span span,
                   const std::vector<ir::Expr>& indices);

/// Where the elements that stay as they are come from; null: nothing was there.
ir::Buffer previous_of(const ComputeStep& step, const std::vector<ir::Expr>& expressions);

/// Both conditions, where null holds always.
ir::Expr both(const ir::Expr& a, const ir::Expr& b);

}  // namespace tessera::tile::lower
