// Elementwise expressions that need more tiles at once than DST has room for: parts of them are made first, and kept in
// a ring until the rest is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include <tile/lower/compute_values.h>

namespace tessera::tile::lower {

/// The part of an expression that is made first so that the rest needs less: the largest that does with `slots` tiles,
/// about. Null: there is none. `same_everywhere`: what is no tile.
ir::Expr part_of(const ir::Expr& expr, int64_t slots, const std::function<bool(const ir::Expr&)>& same_everywhere);

/// Where parts of a result are kept: part k's tiles follow those of part k - 1 in a ring of Float32.
class Parts {
public:
    static constexpr size_t most = 16;

    Parts(const Place& result, const TilePosition& position) : result_(result), position_(position) {}

    /// Element of part k at the position, as a value of the type that the part had.
    ir::Expr element(size_t k, ir::DType type);
    /// Of a part that is made: plain tiles of the ring `cb`.
    Place place(uint32_t cb) const;
    /// Of all parts, as element() reads them.
    Place all(uint32_t cb);

private:
    const Place& result_;
    const TilePosition& position_;
    ir::Buffer buffer_;

    const ir::Buffer& buffer();
};

}  // namespace tessera::tile::lower
