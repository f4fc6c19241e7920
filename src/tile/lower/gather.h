// Elements of a tensor that are chosen one by one, or row by row, by indices that the reader reads.
#pragma once

#include <optional>

#include <tile/ir/stmt.h>
#include <tile/lower/movement.h>

namespace tessera::tile::lower {

/// A Parallel that fills a block's buffer with elements of a tensor.
struct Gather {
    const ir::Parallel* nest = nullptr;
    const ir::Store* store = nullptr;
    ir::Expr load;
    /// The last dimension is taken as it is, in runs that memory can be read in, so that rows are chosen: they come as
    /// rows, and the compute kernel makes tiles of them.
    bool rows = false;
};

/// Nothing if the statement is none.
std::optional<Gather> gather_of(const ir::StmtNode& stmt);

/// The reader's part. Elements outside of the tensor are 0.
/// Reported: tile-gather (of block floats; of rows that reach over the tensor's end).
Transfer read_gather(const Gather& gather, Span span, MovementContext& context);

}  // namespace tessera::tile::lower
