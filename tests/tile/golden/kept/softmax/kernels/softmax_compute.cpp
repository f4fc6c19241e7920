#include "api/compute/bcast.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reduce.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/transpose_wh_dest.h"

void kernel_main() {
    constexpr uint32_t cb_x_in = tt::CBIndex::c_0;  // 2 blocks of 16 tiles
    constexpr uint32_t cb_top = tt::CBIndex::c_1;  // a block of 1 tile
    constexpr uint32_t cb_x = tt::CBIndex::c_2;  // a block of 16 tiles
    constexpr uint32_t cb_total = tt::CBIndex::c_3;  // a block of 1 tile
    constexpr uint32_t cb_reciprocal = tt::CBIndex::c_4;  // a block of 1 tile
    constexpr uint32_t cb_x_out = tt::CBIndex::c_5;  // 2 blocks of 16 tiles
    constexpr uint32_t cb_ones = tt::CBIndex::c_6;  // a tile of ones: the factors of reductions
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_x_in, cb_x_in, cb_top);
    cb_wait_front(cb_ones, 1);
    for (int32_t block = start; block < start + count; ++block) {
        // softmax.py:17  T.reduce_max(x, top, dim=1)
        cb_wait_front(cb_x_in, 16);
        cb_reserve_back(cb_top, 1);
        tile_regs_acquire();
        reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW, true>(cb_x_in, cb_ones, cb_top);
        for (int32_t t = 0; t < 16; ++t) {
            reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW, true>(cb_x_in, cb_ones, t, 0, 0);
        }
        reduce_uninit<true>();
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, cb_top);
        tile_regs_release();
        cb_push_back(cb_top, 1);
        // softmax.py:19  x[i, j] = T.exp2((x[i, j] - top[i]) * scale)
        cb_wait_front(cb_x_in, 16);
        cb_wait_front(cb_top, 1);
        pack_reconfig_data_format(cb_x);
        for (int32_t column = 0; column < 8; ++column) {
            cb_reserve_back(cb_x, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_x_in);
            copy_tile_to_dst_init_short(cb_x_in);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_x_in, column * 2 + t, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_top, cb_x);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_top, 0, t + 2);
            }
            sub_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                sub_binary_tile(t, t + 2, t);
            }
            exp_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                exp_tile(t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_x);
            }
            tile_regs_release();
            cb_push_back(cb_x, 2);
        }
        cb_pop_front(cb_x_in, 16);
        cb_pop_front(cb_top, 1);
        // softmax.py:20  T.reduce_sum(x, total, dim=1)
        cb_wait_front(cb_x, 16);
        cb_reserve_back(cb_total, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_x);
        copy_tile_to_dst_init_short(cb_x);
        copy_tile(cb_x, 0, 0);
        add_binary_tile_init();
        for (int32_t t = 1; t < 16; ++t) {
            copy_tile(cb_x, t, 1);
            add_binary_tile(0, 1, 0);
        }
        transpose_wh_dest_init_short<true>();
        transpose_wh_dest<true>(0);
        sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
        sfpu_reduce<PoolType::SUM, DataFormat::Float32>(0);
        transpose_wh_dest<true>(0);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_total);
        pack_tile(0, cb_total);
        tile_regs_release();
        cb_push_back(cb_total, 1);
        // softmax.py:22  x[i, j] /= total[i]
        cb_wait_front(cb_total, 1);
        cb_reserve_back(cb_reciprocal, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_total);
        copy_tile_to_dst_init_short(cb_total);
        copy_tile(cb_total, 0, 0);
        recip_tile_init<false>();
        recip_tile<false>(0, static_cast<int>(VectorMode::C));
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_reciprocal);
        pack_tile(0, cb_reciprocal);
        tile_regs_release();
        cb_push_back(cb_reciprocal, 1);
        cb_pop_front(cb_total, 1);
        cb_wait_front(cb_x, 16);
        cb_wait_front(cb_reciprocal, 1);
        mul_binary_tile_init();
        pack_reconfig_data_format(cb_x_out);
        for (int32_t column = 0; column < 8; ++column) {
            cb_reserve_back(cb_x_out, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_x);
            copy_tile_to_dst_init_short(cb_x);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_x, column * 2 + t, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_reciprocal, cb_x_out);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_reciprocal, 0, t + 2);
            }
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t, t + 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_x_out);
            }
            tile_regs_release();
            cb_push_back(cb_x_out, 2);
        }
        cb_pop_front(cb_x, 16);
        cb_pop_front(cb_reciprocal, 1);
    }
}
