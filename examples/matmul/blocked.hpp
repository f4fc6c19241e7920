// Blocked multiplication: each core owns a block of C, brings blocks of A and B that are `block_k` tiles deep, and uses
// each tile many times. Between blocks the partial result spills to L1 and is reloaded, since DST holds only a
// subblock.
#pragma once

#include "matmul.hpp"

namespace example {

struct Blocking {
    uint32_t per_core_M, per_core_N;   ///< tiles of C a core
    uint32_t block_k;                  ///< tiles of K a block
    uint32_t subblock_h, subblock_w;   ///< tiles of C in DST at a time
    uint32_t grid_rows, grid_columns;  ///< cores

    /// Compile-time arguments of kernels/multiply_blocks.cpp.
    std::vector<uint32_t> compute_args(const Problem& problem) const {
        return {block_k,
                per_core_M / subblock_h,
                per_core_N / subblock_w,
                problem.Kt() / block_k,
                subblock_h,
                subblock_w,
                per_core_M,
                per_core_N};
    }
};

/// Circular buffers: blocks of A and B double buffered; the result and its spilled partial sums share one allocation.
inline void make_block_buffers(Program& program, const CoreSpec& cores, const Blocking& blocking) {
    make_cb(program, cores, CBIndex::c_0, 2 * blocking.per_core_M * blocking.block_k);
    make_cb(program, cores, CBIndex::c_1, 2 * blocking.block_k * blocking.per_core_N);
    CreateCircularBuffer(program, cores,
                         CircularBufferConfig(blocking.per_core_M * blocking.per_core_N * tile_bytes,
                                              {{static_cast<uint8_t>(CBIndex::c_16), DataFormat::Float16_b},
                                               {static_cast<uint8_t>(CBIndex::c_24), DataFormat::Float16_b}})
                             .set_page_size(CBIndex::c_16, tile_bytes)
                             .set_page_size(CBIndex::c_24, tile_bytes));
}

}  // namespace example
