// Where a block's buffers are once they are circular buffers: which tile holds which element, and in which order tiles
// lie. Written by the memory pass, read by whoever makes code.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <tile/device/program.h>

namespace tessera::tile::lower {

inline constexpr int64_t tile_side = 32;

/// How the elements of a buffer lie in its tiles. The last two dimensions of a Matrix are a tile's rows and columns,
/// earlier ones are matrices one after the other. A vector (rank 1, or what a row reduction leaves) is the first column
/// of each tile, or the first row; a Scalar is element 0 of one tile.
enum class Form : uint8_t { Matrix, ColumnVector, RowVector, Scalar };

struct Place {
    ir::Buffer buffer;
    uint32_t cb = 0;
    Form form = Form::Matrix;
    int64_t batch = 1;                          ///< matrices
    int64_t rows = 1, columns = 1;              ///< of one matrix, in tiles
    int64_t valid_rows = 0, valid_columns = 0;  ///< of one matrix, in elements
    /// Tiles lie in subblocks of so many rows and columns, row by row inside and outside: what an accumulated matrix
    /// product makes. Both 0: plain row-major.
    int64_t subblock_rows = 0, subblock_columns = 0;

    /// Elements lie in rows, as wide as all tiles beside each other, for 32 rows at a time: what comes from a gather.
    bool row_major = false;

    int64_t tiles() const { return batch * rows * columns; }
    /// The number of a tile from the ring's front (or from what was reserved).
    ir::Expr tile_index(const ir::Expr& matrix, const ir::Expr& row, const ir::Expr& column) const;
};

/// The buffers of a block, by IR buffer.
class Storage {
public:
    Place& add(Place place);
    const Place& of(const ir::Buffer& buffer) const;  ///< std::logic_error if there is none
    const Place* find(const ir::Buffer& buffer) const;
    std::vector<Place>& all() { return places_; }
    const std::vector<Place>& all() const { return places_; }

private:
    std::vector<Place> places_;
};

/// Where the sums of a product begin and where they end, if not in its result's ring: conditions of loop counters,
/// null: never.
struct Sums {
    ir::Expr first;     ///< nothing was there before
    ir::Expr last;      ///< they go to `result` and leave nothing behind
    ir::Buffer result;  ///< of the same tiles; null without `last`
    /// A Parallel that makes what the sums begin with, of no other buffer: done before the product, but where it would
    /// make nothing but zeros. Null: there is none.
    ir::Stmt start;
};

/// One tile statement of the compute kernel with all decided but the engines' instructions. The statement is a Parallel
/// with one Store (perhaps in an If), a Fill, Gemm, Reduce, Scan, Transpose, or a Copy between buffers of the block.
///
/// Its code waits for its sources that are not yet waited for, makes all tiles of its result, and gives back what dies.
struct ComputeStep {
    ir::Stmt stmt;
    struct Source {
        ir::Buffer buffer;
        bool wait =
            true;         ///< cb_wait_front all its tiles before (false: an earlier step did, and they are still there)
        bool pop = true;  ///< cb_pop_front them after: nobody reads them again
    };
    std::vector<Source> sources;
    ir::Buffer result;
    /// The result replaces a source that is the same buffer (it is among sources, to be popped): tile by tile, or
    /// subblock by subblock, so that the ring needs no second room.
    bool in_place = false;
    /// Where the result's elements were before this step, if it adds to them or leaves some as they were: one of the
    /// sources. Null: the result itself, if that is among the sources; else nothing was there.
    ir::Buffer previous;
    /// Of a product with `first`: the result is none of the sources, though the product adds to it.
    Sums sums;
};

}  // namespace tessera::tile::lower
