// What a statement does to the buffers of a block: which kernel does it, what it reads, what it makes.
#pragma once

#include <optional>
#include <vector>

#include <tile/device/program.h>
#include <tile/ir/stmt.h>

namespace tessera::tile::lower {

struct Access {
    ir::Buffer buffer;
    bool reads = false;   ///< what was in it matters
    bool writes = false;  ///< elements change
    /// All elements are written, none read first: what was in it is gone.
    bool replaces() const { return writes && !reads; }
    /// Elements stay as they were, or are added to: what was in it and what is after are one content.
    bool keeps = false;
    /// Reads and writes meet element by element (or, of a product's result, subblock by subblock): the ring may turn.
    bool in_place = false;
    /// The kernel that reads it, if that is not the one that does the statement.
    std::optional<device::Role> reader{};
};

/// Whether it is a statement without others inside that works on tiles: all but Alloc, Let, Store, For, If, While,
/// Break, Assert, Launch. A Let of a value that the compute kernel tells all kernels is one.
bool is_tile_statement(const ir::StmtNode& stmt);
/// Whether it is a Parallel that fills a buffer with elements of a tensor that its iterations choose.
bool is_gather(const ir::StmtNode& stmt);
/// Of a Let: the buffers that tell its value to the compute kernel, the reader, and the writer. Empty if it reads none.
std::vector<ir::Buffer> told_by(const ir::StmtNode& stmt);
/// Of a tile statement: Reader for what comes from a tensor, Writer for what goes to one, otherwise Compute.
device::Role role_of(const ir::StmtNode& stmt);
/// Of a tile statement, one entry a buffer of the block; tensors are none.
std::vector<Access> accesses(const ir::StmtNode& stmt);
/// Whether a region is all of its buffer.
bool is_whole(const ir::Region& region);
/// The statement with other buffers: `read` for what it reads, `write` for what it makes. A buffer that is read and
/// written in place is given to `read` where it is read and to `write` where it is written.
ir::Stmt with_buffers(const ir::Stmt& stmt, const std::function<ir::Buffer(const ir::Buffer&)>& read,
                      const std::function<ir::Buffer(const ir::Buffer&)>& write);

}  // namespace tessera::tile::lower
