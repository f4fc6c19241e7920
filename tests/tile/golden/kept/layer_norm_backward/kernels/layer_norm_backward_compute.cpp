#include "api/compute/bcast.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reduce.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/transpose_wh_dest.h"

/// The bits of a float, as the compute API takes scalars.
inline uint32_t float_bits(float value) {
    return __builtin_bit_cast(uint32_t, value);
}

void kernel_main() {
    constexpr uint32_t cb_gamma = tt::CBIndex::c_0;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_mean = tt::CBIndex::c_1;  // 2 blocks of 1 tile
    constexpr uint32_t cb_rstd = tt::CBIndex::c_2;  // 2 blocks of 1 tile
    constexpr uint32_t cb_dy_in = tt::CBIndex::c_3;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_x_in = tt::CBIndex::c_4;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dGamma_before = tt::CBIndex::c_5;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dBeta_before = tt::CBIndex::c_6;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_x = tt::CBIndex::c_7;  // a block of 8 tiles
    constexpr uint32_t cb_work = tt::CBIndex::c_8;  // a block of 8 tiles
    constexpr uint32_t cb_d_beta = tt::CBIndex::c_9;  // a block of 8 tiles
    constexpr uint32_t cb_d_gamma = tt::CBIndex::c_10;  // a block of 8 tiles
    constexpr uint32_t cb_dy = tt::CBIndex::c_11;  // a block of 8 tiles
    constexpr uint32_t cb_sum_dy = tt::CBIndex::c_12;  // a block of 1 tile
    constexpr uint32_t cb_sum_both = tt::CBIndex::c_13;  // a block of 1 tile
    constexpr uint32_t cb_dGamma_block = tt::CBIndex::c_14;  // a block of 8 tiles
    constexpr uint32_t cb_dBeta_block = tt::CBIndex::c_15;  // a block of 8 tiles
    constexpr uint32_t cb_dy_out = tt::CBIndex::c_16;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dGamma_after = tt::CBIndex::c_17;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dBeta_after = tt::CBIndex::c_18;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_ones = tt::CBIndex::c_19;  // a tile of ones: the factors of reductions
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_x_in, cb_rstd, cb_x);
    cb_wait_front(cb_ones, 1);
    for (int32_t block = start; block < start + count; ++block) {
        // layer_norm_backward.py:39  x[i, j] = (x[i, j] - mean[i]) * rstd[i]
        cb_wait_front(cb_x_in, 8);
        cb_wait_front(cb_mean, 1);
        cb_wait_front(cb_rstd, 1);
        pack_reconfig_data_format(cb_x);
        for (int32_t column = 0; column < 4; ++column) {
            cb_reserve_back(cb_x, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_x_in);
            copy_tile_to_dst_init_short(cb_x_in);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_x_in, column * 2 + t, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_mean, cb_x);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_mean, 0, t + 2);
            }
            sub_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                sub_binary_tile(t, t + 2, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_rstd, cb_x);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_rstd, 0, t + 2);
            }
            mul_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t, t + 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_x);
            }
            tile_regs_release();
            cb_push_back(cb_x, 2);
        }
        cb_pop_front(cb_x_in, 8);
        cb_pop_front(cb_mean, 1);
        // layer_norm_backward.py:40  work[i, j] = dy[i, j] * x[i, j]
        cb_wait_front(cb_dy_in, 8);
        cb_wait_front(cb_x, 8);
        mul_binary_tile_init();
        pack_reconfig_data_format(cb_work);
        for (int32_t column = 0; column < 4; ++column) {
            cb_reserve_back(cb_work, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_dy_in);
            copy_tile_to_dst_init_short(cb_dy_in);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_dy_in, column * 2 + t, t);
            }
            reconfig_data_format_srca(cb_x);
            copy_tile_to_dst_init_short(cb_x);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_x, column * 2 + t, t + 2);
            }
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t, t + 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_work);
            }
            tile_regs_release();
            cb_push_back(cb_work, 2);
        }
        // layer_norm_backward.py:41  T.reduce_sum(dy, d_beta, dim=0)
        cb_wait_front(cb_dy_in, 8);
        pack_reconfig_data_format(cb_d_beta);
        for (int32_t line = 0; line < 2; ++line) {
            cb_reserve_back(cb_d_beta, 4);
            tile_regs_acquire();
            reduce_init<PoolType::SUM, ReduceDim::REDUCE_COL, true>(cb_dy_in, cb_ones, cb_d_beta);
            for (int32_t r = 0; r < 4; ++r) {
                reduce_tile<PoolType::SUM, ReduceDim::REDUCE_COL, true>(cb_dy_in, cb_ones, line * 4 + r, 0, r);
            }
            reduce_uninit<true>();
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t r = 0; r < 4; ++r) {
                pack_tile(r, cb_d_beta);
            }
            tile_regs_release();
            cb_push_back(cb_d_beta, 4);
        }
        // layer_norm_backward.py:42  T.reduce_sum(work, d_gamma, dim=0)
        cb_wait_front(cb_work, 8);
        reconfig_data_format_srca(cb_work);
        copy_tile_to_dst_init_short(cb_work);
        sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
        pack_reconfig_data_format(cb_d_gamma);
        for (int32_t line = 0; line < 8; ++line) {
            cb_reserve_back(cb_d_gamma, 1);
            tile_regs_acquire();
            copy_tile(cb_work, line, 0);
            sfpu_reduce<PoolType::SUM, DataFormat::Float32>(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_tile(0, cb_d_gamma);
            tile_regs_release();
            cb_push_back(cb_d_gamma, 1);
        }
        // layer_norm_backward.py:44  dy[i, j] *= gamma[j]
        cb_wait_front(cb_dy_in, 8);
        cb_wait_front(cb_gamma, 8);
        reconfig_data_format(cb_dy_in, cb_gamma);
        mul_bcast_rows_init_short(cb_dy_in, cb_gamma);
        pack_reconfig_data_format(cb_dy);
        for (int32_t column = 0; column < 2; ++column) {
            cb_reserve_back(cb_dy, 4);
            tile_regs_acquire();
            for (int32_t t = 0; t < 4; ++t) {
                mul_tiles_bcast_rows(cb_dy_in, cb_gamma, column * 4 + t, column * 4 + t, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_dy);
            }
            tile_regs_release();
            cb_push_back(cb_dy, 4);
        }
        cb_pop_front(cb_dy_in, 8);
        // layer_norm_backward.py:45  work[i, j] *= gamma[j]
        cb_wait_front(cb_work, 8);
        cb_wait_front(cb_gamma, 8);
        mul_binary_tile_init();
        pack_reconfig_data_format(cb_work);
        for (int32_t column = 0; column < 4; ++column) {
            tile_regs_acquire();
            reconfig_data_format_srca(cb_work);
            copy_tile_to_dst_init_short(cb_work);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_work, t, t);
            }
            unary_bcast_init<BroadcastType::ROW>(cb_gamma, cb_work);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::ROW>(cb_gamma, column * 2 + t, t + 2);
            }
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t, t + 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_work, 2);
            cb_reserve_back(cb_work, 2);
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_work);
            }
            tile_regs_release();
            cb_push_back(cb_work, 2);
        }
        cb_pop_front(cb_gamma, 8);
        // layer_norm_backward.py:46  T.reduce_sum(dy, sum_dy, dim=1)
        cb_wait_front(cb_dy, 8);
        cb_reserve_back(cb_sum_dy, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_dy);
        copy_tile_to_dst_init_short(cb_dy);
        copy_tile(cb_dy, 0, 0);
        add_binary_tile_init();
        for (int32_t t = 1; t < 8; ++t) {
            copy_tile(cb_dy, t, 1);
            add_binary_tile(0, 1, 0);
        }
        transpose_wh_dest_init_short<true>();
        transpose_wh_dest<true>(0);
        sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
        sfpu_reduce<PoolType::SUM, DataFormat::Float32>(0);
        transpose_wh_dest<true>(0);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_sum_dy);
        pack_tile(0, cb_sum_dy);
        tile_regs_release();
        cb_push_back(cb_sum_dy, 1);
        // layer_norm_backward.py:47  T.reduce_sum(work, sum_both, dim=1)
        cb_wait_front(cb_work, 8);
        cb_reserve_back(cb_sum_both, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_work);
        copy_tile_to_dst_init_short(cb_work);
        copy_tile(cb_work, 0, 0);
        add_binary_tile_init();
        for (int32_t t = 1; t < 8; ++t) {
            copy_tile(cb_work, t, 1);
            add_binary_tile(0, 1, 0);
        }
        transpose_wh_dest_init_short<true>();
        transpose_wh_dest<true>(0);
        sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
        sfpu_reduce<PoolType::SUM, DataFormat::Float32>(0);
        transpose_wh_dest<true>(0);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_sum_both);
        pack_tile(0, cb_sum_both);
        tile_regs_release();
        cb_push_back(cb_sum_both, 1);
        cb_pop_front(cb_work, 8);
        // layer_norm_backward.py:49  dy[i, j] = rstd[i] * (dy[i, j] - (sum_dy[i] + x[i, j] * sum_both[i]) / N)
        cb_wait_front(cb_rstd, 1);
        cb_wait_front(cb_dy, 8);
        cb_wait_front(cb_sum_dy, 1);
        cb_wait_front(cb_x, 8);
        cb_wait_front(cb_sum_both, 1);
        pack_reconfig_data_format(cb_dy_out);
        for (int32_t column = 0; column < 4; ++column) {
            cb_reserve_back(cb_dy_out, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_x);
            copy_tile_to_dst_init_short(cb_x);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_x, column * 2 + t, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_sum_both, cb_dy_out);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_sum_both, 0, t + 2);
            }
            mul_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t, t + 2, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_sum_dy, cb_dy_out);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_sum_dy, 0, t + 2);
            }
            add_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                add_binary_tile(t + 2, t, t + 2);
            }
            binop_with_scalar_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                mul_unary_tile(t + 2, float_bits(0.00390625f));
            }
            reconfig_data_format_srca(cb_dy);
            copy_tile_to_dst_init_short(cb_dy);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_dy, column * 2 + t, t);
            }
            sub_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                sub_binary_tile(t, t + 2, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_rstd, cb_dy_out);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_rstd, 0, t + 2);
            }
            mul_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t + 2, t, t + 2);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t + 2, cb_dy_out);
            }
            tile_regs_release();
            cb_push_back(cb_dy_out, 2);
        }
        cb_pop_front(cb_rstd, 1);
        cb_pop_front(cb_dy, 8);
        cb_pop_front(cb_sum_dy, 1);
        cb_pop_front(cb_x, 8);
        cb_pop_front(cb_sum_both, 1);
        // layer_norm_backward.py:52  T.atomic_add(dGamma[j], d_gamma[j])
        cb_wait_front(cb_d_gamma, 8);
        reconfig_data_format_srca(cb_d_gamma);
        copy_tile_to_dst_init_short(cb_d_gamma);
        pack_reconfig_data_format(cb_dGamma_block);
        for (int32_t column = 0; column < 2; ++column) {
            cb_reserve_back(cb_dGamma_block, 4);
            tile_regs_acquire();
            for (int32_t t = 0; t < 4; ++t) {
                copy_tile(cb_d_gamma, column * 4 + t, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_dGamma_block);
            }
            tile_regs_release();
            cb_push_back(cb_dGamma_block, 4);
        }
        cb_pop_front(cb_d_gamma, 8);
        cb_wait_front(cb_dGamma_before, 8);
        cb_wait_front(cb_dGamma_block, 8);
        add_binary_tile_init();
        pack_reconfig_data_format(cb_dGamma_after);
        for (int32_t column = 0; column < 4; ++column) {
            cb_reserve_back(cb_dGamma_after, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_dGamma_before);
            copy_tile_to_dst_init_short(cb_dGamma_before);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_dGamma_before, column * 2 + t, t);
            }
            reconfig_data_format_srca(cb_dGamma_block);
            copy_tile_to_dst_init_short(cb_dGamma_block);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_dGamma_block, column * 2 + t, t + 2);
            }
            for (int32_t t = 0; t < 2; ++t) {
                add_binary_tile(t, t + 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_dGamma_after);
            }
            tile_regs_release();
            cb_push_back(cb_dGamma_after, 2);
        }
        cb_pop_front(cb_dGamma_before, 8);
        cb_pop_front(cb_dGamma_block, 8);
        // layer_norm_backward.py:53  T.atomic_add(dBeta[j], d_beta[j])
        cb_wait_front(cb_d_beta, 8);
        reconfig_data_format_srca(cb_d_beta);
        copy_tile_to_dst_init_short(cb_d_beta);
        pack_reconfig_data_format(cb_dBeta_block);
        for (int32_t column = 0; column < 2; ++column) {
            cb_reserve_back(cb_dBeta_block, 4);
            tile_regs_acquire();
            for (int32_t t = 0; t < 4; ++t) {
                copy_tile(cb_d_beta, column * 4 + t, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_dBeta_block);
            }
            tile_regs_release();
            cb_push_back(cb_dBeta_block, 4);
        }
        cb_pop_front(cb_d_beta, 8);
        cb_wait_front(cb_dBeta_before, 8);
        cb_wait_front(cb_dBeta_block, 8);
        pack_reconfig_data_format(cb_dBeta_after);
        for (int32_t column = 0; column < 4; ++column) {
            cb_reserve_back(cb_dBeta_after, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_dBeta_before);
            copy_tile_to_dst_init_short(cb_dBeta_before);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_dBeta_before, column * 2 + t, t);
            }
            reconfig_data_format_srca(cb_dBeta_block);
            copy_tile_to_dst_init_short(cb_dBeta_block);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_dBeta_block, column * 2 + t, t + 2);
            }
            for (int32_t t = 0; t < 2; ++t) {
                add_binary_tile(t, t + 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_dBeta_after);
            }
            tile_regs_release();
            cb_push_back(cb_dBeta_after, 2);
        }
        cb_pop_front(cb_dBeta_before, 8);
        cb_pop_front(cb_dBeta_block, 8);
    }
}
