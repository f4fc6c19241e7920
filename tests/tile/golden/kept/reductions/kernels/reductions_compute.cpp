#include "api/compute/binary_max_min.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/transpose_wh_dest.h"

void kernel_main() {
    constexpr uint32_t cb_x = tt::CBIndex::c_0;  // 2 blocks of 16 tiles
    constexpr uint32_t cb_out = tt::CBIndex::c_1;  // 2 blocks of 2 tiles
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_x, cb_x, cb_out);
    for (int32_t block = start; block < start + count; ++block) {
        // reductions.py:24  T.reduce_sum(x, out, dim=dim)
        cb_wait_front(cb_x, 16);
        for (int32_t line = 0; line < 2; ++line) {
            cb_reserve_back(cb_out, 1);
            tile_regs_acquire();
            copy_tile_to_dst_init_short(cb_x);
            copy_tile(cb_x, line * 8, 0);
            add_binary_tile_init();
            for (int32_t t = 1; t < 8; ++t) {
                copy_tile(cb_x, line * 8 + t, 1);
                add_binary_tile(0, 1, 0);
            }
            transpose_wh_dest_init_short<true>();
            transpose_wh_dest<true>(0);
            sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
            sfpu_reduce<PoolType::SUM, DataFormat::Float32>(0);
            transpose_wh_dest<true>(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_tile(0, cb_out);
            tile_regs_release();
            cb_push_back(cb_out, 1);
        }
        // reductions.py:26  T.reduce_max(x, out, dim=dim)
        cb_wait_front(cb_x, 16);
        for (int32_t line = 0; line < 2; ++line) {
            cb_reserve_back(cb_out, 1);
            tile_regs_acquire();
            copy_tile_to_dst_init_short(cb_x);
            copy_tile(cb_x, line * 8, 0);
            binary_max_tile_init();
            for (int32_t t = 1; t < 8; ++t) {
                copy_tile(cb_x, line * 8 + t, 1);
                binary_max_tile(0, 1, 0);
            }
            transpose_wh_dest_init_short<true>();
            transpose_wh_dest<true>(0);
            sfpu_reduce_init<PoolType::MAX, DataFormat::Float32>();
            sfpu_reduce<PoolType::MAX, DataFormat::Float32>(0);
            transpose_wh_dest<true>(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_tile(0, cb_out);
            tile_regs_release();
            cb_push_back(cb_out, 1);
        }
        // reductions.py:28  T.reduce_min(x, out, dim=dim)
        cb_wait_front(cb_x, 16);
        for (int32_t line = 0; line < 2; ++line) {
            cb_reserve_back(cb_out, 1);
            tile_regs_acquire();
            copy_tile_to_dst_init_short(cb_x);
            copy_tile(cb_x, line * 8, 0);
            binary_min_tile_init();
            for (int32_t t = 1; t < 8; ++t) {
                copy_tile(cb_x, line * 8 + t, 1);
                binary_min_tile(0, 1, 0);
            }
            transpose_wh_dest_init_short<true>();
            transpose_wh_dest<true>(0);
            sfpu_reduce_init<PoolType::MIN, DataFormat::Float32>();
            sfpu_reduce<PoolType::MIN, DataFormat::Float32>(0);
            transpose_wh_dest<true>(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_tile(0, cb_out);
            tile_regs_release();
            cb_push_back(cb_out, 1);
        }
        // reductions.py:30  T.reduce_absmax(x, out, dim=dim)
        cb_wait_front(cb_x, 16);
        for (int32_t line = 0; line < 2; ++line) {
            cb_reserve_back(cb_out, 1);
            tile_regs_acquire();
            copy_tile_to_dst_init_short(cb_x);
            copy_tile(cb_x, line * 8, 0);
            abs_tile_init();
            abs_tile(0);
            for (int32_t t = 1; t < 8; ++t) {
                copy_tile(cb_x, line * 8 + t, 1);
                abs_tile_init();
                abs_tile(1);
                binary_max_tile_init();
                binary_max_tile(0, 1, 0);
            }
            transpose_wh_dest_init_short<true>();
            transpose_wh_dest<true>(0);
            sfpu_reduce_init<PoolType::MAX, DataFormat::Float32>();
            sfpu_reduce<PoolType::MAX, DataFormat::Float32>(0);
            transpose_wh_dest<true>(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_tile(0, cb_out);
            tile_regs_release();
            cb_push_back(cb_out, 1);
        }
        cb_pop_front(cb_x, 16);
    }
}
