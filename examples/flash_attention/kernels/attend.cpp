// Blocks of queries against all blocks of keys and values that they see. Scores, their exponentials, and of each row
// the maximum, the sum and the weighted values so far pass through circular buffers of bfloat16; what one step adds to
// what another has left is added in DST.
#include "api/compute/bcast.h"
#include "api/compute/binary_max_min.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/matmul.h"
#include "api/compute/reduce.h"
#include "api/compute/tile_move_copy.h"

namespace {

constexpr auto q = tt::CBIndex::c_0;
constexpr auto k = tt::CBIndex::c_1;  // a block's tiles one row of its transpose after the other
constexpr auto v = tt::CBIndex::c_2;
constexpr auto ones = tt::CBIndex::c_3;
constexpr auto mask = tt::CBIndex::c_4;  // what is added to the scores of a block on the diagonal
constexpr auto scores = tt::CBIndex::c_5;
constexpr auto weights = tt::CBIndex::c_6;
constexpr auto tops = tt::CBIndex::c_7;   // the maximum of a row so far: here and in c_8 by turns
constexpr auto fade = tt::CBIndex::c_12;  // by how much the older weights shrink
constexpr auto total = tt::CBIndex::c_9;
constexpr auto values = tt::CBIndex::c_10;
constexpr auto inverse = tt::CBIndex::c_11;
constexpr auto out = tt::CBIndex::c_16;

constexpr uint32_t rows = get_compile_time_arg_val(0);     // tiles of a block of queries
constexpr uint32_t columns = get_compile_time_arg_val(1);  // of a block of keys
constexpr uint32_t width = get_compile_time_arg_val(2);    // of a head
constexpr uint32_t blocks = get_compile_time_arg_val(3);   // of queries, and of keys, in a head
constexpr bool causal = get_compile_time_arg_val(4) == 1;
constexpr uint16_t scale = get_compile_time_arg_val(5);  // bfloat16 bits

/// What DST holds goes to `cb`.
ALWI void pack_out(uint32_t cb, uint32_t tiles) {
    tile_regs_commit();
    cb_reserve_back(cb, tiles);
    tile_regs_wait();
    for (uint32_t tile = 0; tile < tiles; ++tile) {
        pack_tile(tile, cb);
    }
    tile_regs_release();
    cb_push_back(cb, tiles);
}

ALWI void make_scores(bool diagonal) {
    tile_regs_acquire();
    if (diagonal) {
        copy_tile_to_dst_init_short(mask);
        for (uint32_t tile = 0; tile < rows * columns; ++tile) {
            copy_tile(mask, tile, tile);
        }
    }
    mm_block_init_short(q, k, true, columns, rows, width);
    for (uint32_t d = 0; d < width; ++d) {
        matmul_block(q, k, d, d * columns, 0, true, columns, rows, width);
    }
    pack_out(scores, rows * columns);
}

ALWI void find_top(bool first, uint32_t before, uint32_t top) {
    reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(scores, ones, top);
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        for (uint32_t column = 0; column < columns; ++column) {
            reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW>(scores, ones, row * columns + column, 0, row);
        }
    }
    reduce_uninit();
    if (!first) {
        copy_tile_to_dst_init_short(before);
        for (uint32_t row = 0; row < rows; ++row) {
            copy_tile(before, row, rows + row);
        }
        binary_max_tile_init();
        for (uint32_t row = 0; row < rows; ++row) {
            binary_max_tile(row, rows + row, row);
        }
    }
    pack_out(top, rows);
}

ALWI void weigh(uint32_t top) {
    exp_tile_init();
    sub_bcast_cols_init_short(scores, top);
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        for (uint32_t column = 0; column < columns; ++column) {
            sub_tiles_bcast_cols(scores, top, row * columns + column, row, row * columns + column);
        }
    }
    for (uint32_t tile = 0; tile < rows * columns; ++tile) {
        exp_tile<false, true, true>(tile, static_cast<int>(VectorMode::RC), scale);
    }
    pack_out(weights, rows * columns);
}

ALWI void find_fade(uint32_t before, uint32_t top) {
    sub_tiles_init(before, top);
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        sub_tiles(before, top, row, row, row);
    }
    for (uint32_t row = 0; row < rows; ++row) {
        exp_tile<false, true, true>(row, static_cast<int>(VectorMode::C), scale);
    }
    pack_out(fade, rows);
}

ALWI void add_up(bool first) {
    tile_regs_acquire();
    if (!first) {
        mul_tiles_init(total, fade);
        for (uint32_t row = 0; row < rows; ++row) {
            mul_tiles(total, fade, row, row, row);
        }
    }
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_ROW>(weights, ones, total);
    for (uint32_t row = 0; row < rows; ++row) {
        for (uint32_t column = 0; column < columns; ++column) {
            reduce_tile<PoolType::SUM, ReduceDim::REDUCE_ROW>(weights, ones, row * columns + column, 0, row);
        }
    }
    reduce_uninit();
    if (!first) {
        cb_pop_front(total, rows);
    }
    pack_out(total, rows);
}

ALWI void add_values(bool first) {
    tile_regs_acquire();
    if (!first) {
        mul_bcast_cols_init_short(values, fade);
        for (uint32_t row = 0; row < rows; ++row) {
            for (uint32_t column = 0; column < width; ++column) {
                mul_tiles_bcast_cols(values, fade, row * width + column, row, row * width + column);
            }
        }
    }
    mm_block_init_short(weights, v, false, width, rows, columns);
    for (uint32_t column = 0; column < columns; ++column) {
        matmul_block(weights, v, column, column * width, 0, false, width, rows, columns);
    }
    if (!first) {
        cb_pop_front(values, rows * width);
    }
    pack_out(values, rows * width);
}

ALWI void divide() {
    cb_wait_front(total, rows);
    copy_tile_to_dst_init_short(total);
    recip_tile_init();
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        copy_tile(total, row, row);
        recip_tile(row, static_cast<int>(VectorMode::C));
    }
    pack_out(inverse, rows);
    cb_pop_front(total, rows);
    cb_wait_front(inverse, rows);
    cb_wait_front(values, rows * width);
    mul_bcast_cols_init_short(values, inverse);
    tile_regs_acquire();
    for (uint32_t row = 0; row < rows; ++row) {
        for (uint32_t column = 0; column < width; ++column) {
            mul_tiles_bcast_cols(values, inverse, row * width + column, row, row * width + column);
        }
    }
    pack_out(out, rows * width);
    cb_pop_front(inverse, rows);
    cb_pop_front(values, rows * width);
}

}  // namespace

void kernel_main() {
    const uint32_t first_block = get_arg_val<uint32_t>(0);
    const uint32_t count = get_arg_val<uint32_t>(1);

    mm_block_init(q, k, scores, true, columns, rows, width);
    cb_wait_front(ones, 1);
    if constexpr (causal) {
        cb_wait_front(mask, rows * columns);
    }
    for (uint32_t block = first_block; block < first_block + count; ++block) {
        const uint32_t seen = causal ? block % blocks + 1 : blocks;
        cb_wait_front(q, rows * width);
        for (uint32_t n = 0; n < seen; ++n) {
            const bool first = n == 0;
            cb_wait_front(k, columns * width);
            make_scores(causal && n + 1 == seen);
            cb_pop_front(k, columns * width);
            cb_wait_front(scores, rows * columns);
            const uint32_t before = tops + (n + 1) % 2, top = tops + n % 2;
            find_top(first, before, top);
            cb_wait_front(top, rows);
            if (!first) {
                find_fade(before, top);
                cb_wait_front(fade, rows);
                cb_pop_front(before, rows);
            }
            weigh(top);
            cb_pop_front(scores, rows * columns);
            cb_wait_front(weights, rows * columns);
            if (!first) {
                cb_wait_front(total, rows);
                cb_wait_front(values, rows * width);
            }
            add_up(first);
            cb_wait_front(v, columns * width);
            add_values(first);
            cb_pop_front(v, columns * width);
            cb_pop_front(weights, rows * columns);
            if (!first) {
                cb_pop_front(fade, rows);
            }
        }
        cb_pop_front(tops + (seen - 1) % 2, rows);
        cb_pop_front(q, rows * width);
        divide();
    }
}
