// C's block stays on the core while K goes by. DST holds one subblock; partial sums spill to c_24 after each block of K
// and are reloaded before the next. c_24 and c_16 lie on the same bytes.
#include "api/compute/matmul.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t block_k = get_compile_time_arg_val(0);
    constexpr uint32_t subblocks_h = get_compile_time_arg_val(1);
    constexpr uint32_t subblocks_w = get_compile_time_arg_val(2);
    constexpr uint32_t num_blocks = get_compile_time_arg_val(3);
    constexpr uint32_t subblock_h = get_compile_time_arg_val(4);
    constexpr uint32_t subblock_w = get_compile_time_arg_val(5);
    constexpr uint32_t per_core_M = get_compile_time_arg_val(6);
    constexpr uint32_t per_core_N = get_compile_time_arg_val(7);
    constexpr uint32_t subblock_tiles = subblock_h * subblock_w;
    constexpr auto a = tt::CBIndex::c_0;
    constexpr auto b = tt::CBIndex::c_1;
    constexpr auto out = tt::CBIndex::c_16;
    constexpr auto partial = tt::CBIndex::c_24;

    mm_block_init(a, b, out, 0, subblock_w, subblock_h, block_k);
    for (uint32_t block = 0; block < num_blocks; ++block) {
        const bool last = block == num_blocks - 1;
        cb_wait_front(a, per_core_M * block_k);
        cb_wait_front(b, block_k * per_core_N);
        for (uint32_t i = 0; i < subblocks_h; ++i) {
            for (uint32_t j = 0; j < subblocks_w; ++j) {
                tile_regs_acquire();
                if (block > 0) {
                    copy_tile_to_dst_init_short(partial);
                    cb_wait_front(partial, subblock_tiles);
                    for (uint32_t tile = 0; tile < subblock_tiles; ++tile) {
                        copy_tile(partial, tile, tile);
                    }
                    cb_pop_front(partial, subblock_tiles);
                    mm_block_init_short(a, b, 0, subblock_w, subblock_h, block_k);
                }
                for (uint32_t inner = 0; inner < block_k; ++inner) {
                    matmul_block(a, b, i * subblock_h * block_k + inner, inner * per_core_N + j * subblock_w, 0, 0,
                                 subblock_w, subblock_h, block_k);
                }
                tile_regs_commit();

                const auto destination = last ? out : partial;
                cb_reserve_back(destination, subblock_tiles);
                tile_regs_wait();
                for (uint32_t tile = 0; tile < subblock_tiles; ++tile) {
                    pack_tile(tile, destination);
                }
                tile_regs_release();
                cb_push_back(destination, subblock_tiles);
            }
        }
        cb_pop_front(a, per_core_M * block_k);
        cb_pop_front(b, block_k * per_core_N);
    }
}
