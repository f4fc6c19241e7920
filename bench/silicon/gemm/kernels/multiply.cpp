// A core's part of C, block by block. DST holds a subblock; what it has summed up over a block of K goes to the partial
// sums, which the packer adds up in L1 or which are reloaded into DST. The last block of K always begins with a reload,
// so that the result is packed in its own format.
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/tile_move_copy.h"

namespace {

constexpr auto a = tt::CBIndex::c_0;
constexpr auto b = tt::CBIndex::c_1;
constexpr auto c = tt::CBIndex::c_4;
constexpr auto partial = tt::CBIndex::c_5;

}  // namespace

void kernel_main() {
    constexpr uint32_t blocks_h = get_compile_time_arg_val(0);
    constexpr uint32_t blocks_w = get_compile_time_arg_val(1);
    constexpr uint32_t blocks_k = get_compile_time_arg_val(2);
    constexpr uint32_t block_h = get_compile_time_arg_val(3);
    constexpr uint32_t block_w = get_compile_time_arg_val(4);
    constexpr uint32_t block_k = get_compile_time_arg_val(5);
    constexpr uint32_t subblock_h = get_compile_time_arg_val(6);
    constexpr uint32_t subblock_w = get_compile_time_arg_val(7);
    constexpr bool accumulate_in_l1 = get_compile_time_arg_val(8) == 1;
    constexpr uint32_t subblock_tiles = subblock_h * subblock_w;
    constexpr uint32_t block_tiles = block_h * block_w;

    mm_block_init(a, b, partial, false, subblock_w, subblock_h, block_k);
    for (uint32_t part = 0; part < blocks_h * blocks_w; ++part) {
        if constexpr (blocks_h * blocks_w > 1) {
            PACK((pack_reconfig_data_format(partial)));
        }
        bool reload = false;
        uint32_t room = subblock_tiles;
        for (uint32_t block = 0; block < blocks_k; ++block) {
            const bool last = block + 1 == blocks_k;
            cb_wait_front(a, block_h * block_k);
            cb_wait_front(b, block_k * block_w);
            uint32_t a_start = 0;
            for (uint32_t h = 0; h < block_h; h += subblock_h) {
                uint32_t b_start = 0;
                for (uint32_t w = 0; w < block_w; w += subblock_w) {
                    tile_regs_acquire();
                    if (reload) {
                        copy_tile_to_dst_init_short_with_dt(b, partial);
                        cb_wait_front(partial, subblock_tiles);
                        copy_block_matmul_partials(partial, 0, 0, subblock_tiles);
                        cb_pop_front(partial, subblock_tiles);
                        mm_block_init_short_with_dt(a, b, partial, false, subblock_w, subblock_h, block_k);
                    }
                    uint32_t a_tile = a_start;
                    uint32_t b_tile = b_start;
                    for (uint32_t k = 0; k < block_k; ++k) {
                        matmul_block(a, b, a_tile, b_tile, 0, false, subblock_w, subblock_h, block_k);
                        a_tile += 1;
                        b_tile += block_w;
                    }
                    tile_regs_commit();
                    if (last) {
                        cb_reserve_back(c, subblock_tiles);
                        tile_regs_wait();
                        if constexpr (accumulate_in_l1) {
                            PACK((pack_reconfig_data_format(c)));
                            PACK((pack_reconfig_l1_acc(0)));
                        }
                        pack_tile_block(0, c, subblock_tiles);
                        tile_regs_release();
                        cb_push_back(c, subblock_tiles);
                    } else {
                        if (block == 0) {
                            // Partial sums may lie where the result before is still to be written from.
                            cb_reserve_back(c, room);
                            room += subblock_tiles;
                        }
                        cb_reserve_back(partial, subblock_tiles);
                        tile_regs_wait();
                        if constexpr (accumulate_in_l1) {
                            if (block == 0) {
                                PACK((pack_reconfig_l1_acc(0)));
                            } else if (block == 1) {
                                PACK((pack_reconfig_l1_acc(1)));
                            }
                        }
                        pack_tile_block(0, partial, subblock_tiles);
                        tile_regs_release();
                        cb_push_back(partial, subblock_tiles);
                    }
                    b_start += subblock_w;
                }
                a_start += subblock_h * block_k;
            }
            if constexpr (accumulate_in_l1) {
                if (block + 2 < blocks_k) {
                    // The next block of K adds to the same places.
                    cb_wait_front(partial, block_tiles);
                    cb_pop_front(partial, block_tiles);
                }
                reload = block + 2 == blocks_k;
            } else {
                reload = true;
            }
            cb_pop_front(a, block_h * block_k);
            cb_pop_front(b, block_k * block_w);
        }
        if constexpr (blocks_h * blocks_w > 1) {
            mm_block_init_short(a, b, false, subblock_w, subblock_h, block_k);
        }
    }
}
