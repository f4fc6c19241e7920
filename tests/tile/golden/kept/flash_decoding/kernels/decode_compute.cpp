#include "api/compute/bcast.h"
#include "api/compute/binary_max_min.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/transpose_wh_dest.h"

/// The bits of a float, as the compute API takes scalars.
inline uint32_t float_bits(float value) {
    return __builtin_bit_cast(uint32_t, value);
}

void kernel_main() {
    constexpr uint32_t cb_q = tt::CBIndex::c_0;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_k = tt::CBIndex::c_1;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_v = tt::CBIndex::c_2;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_o = tt::CBIndex::c_3;  // a block of 2 tiles
    constexpr uint32_t cb_total = tt::CBIndex::c_4;  // a block of 1 tile
    constexpr uint32_t cb_top = tt::CBIndex::c_5;  // a block of 1 tile
    constexpr uint32_t cb_s = tt::CBIndex::c_6;  // a block of 2 tiles
    constexpr uint32_t cb_before = tt::CBIndex::c_7;  // a block of 1 tile
    constexpr uint32_t cb_sums = tt::CBIndex::c_8;  // a block of 1 tile
    constexpr uint32_t cb_p = tt::CBIndex::c_9;  // a block of 2 tiles
    constexpr uint32_t cb_reciprocal = tt::CBIndex::c_10;  // a block of 1 tile
    constexpr uint32_t cb_o_out = tt::CBIndex::c_11;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_total_out = tt::CBIndex::c_12;  // 2 blocks of 1 tile
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_o, cb_o, cb_o);
    for (int32_t block = start; block < start + count; ++block) {
        // flash_decoding.py:32  T.clear(o)
        cb_reserve_back(cb_o, 2);
        pack_reconfig_data_format(cb_o);
        fill_tile_init();
        tile_regs_acquire();
        fill_tile(0, 0.0f);
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 2; ++t) {
            pack_tile(0, cb_o);
        }
        tile_regs_release();
        cb_push_back(cb_o, 2);
        // flash_decoding.py:33  T.clear(total)
        cb_reserve_back(cb_total, 1);
        pack_reconfig_data_format(cb_total);
        tile_regs_acquire();
        fill_tile(0, 0.0f);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, cb_total);
        tile_regs_release();
        cb_push_back(cb_total, 1);
        // flash_decoding.py:34  T.fill(top, -T.infinity("float32"))
        cb_reserve_back(cb_top, 1);
        pack_reconfig_data_format(cb_top);
        tile_regs_acquire();
        fill_tile(0, -__builtin_inff());
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, cb_top);
        tile_regs_release();
        cb_push_back(cb_top, 1);
        // flash_decoding.py:35  for n in T.Pipelined(each // block_N, num_stages=2):
        for (int32_t n = 0; n < 2; ++n) {
            // flash_decoding.py:38  T.gemm(q, k, s, transpose_B=True, clear_accum=True)
            cb_wait_front(cb_q, 2);
            cb_wait_front(cb_k, 4);
            pack_reconfig_data_format(cb_s);
            reconfig_data_format(cb_k, cb_q);
            mm_block_init_short(cb_q, cb_k, 1, 1, 1, 2);
            tile_regs_acquire();
            for (int32_t k = 0; k < 2; ++k) {
                matmul_block(cb_q, cb_k, k, k, 0, 1, 1, 1, 2);
                matmul_block(cb_q, cb_k, k, k + 2, 1, 1, 1, 1, 2);
            }
            tile_regs_commit();
            cb_reserve_back(cb_s, 2);
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_s);
            }
            tile_regs_release();
            cb_push_back(cb_s, 2);
            cb_pop_front(cb_k, 4);
            // flash_decoding.py:39  T.copy(top, before)
            cb_wait_front(cb_top, 1);
            cb_reserve_back(cb_before, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_top);
            copy_tile_to_dst_init_short(cb_top);
            copy_tile(cb_top, 0, 0);
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_before);
            pack_tile(0, cb_before);
            tile_regs_release();
            cb_push_back(cb_before, 1);
            // flash_decoding.py:40  T.reduce_max(s, top, dim=1, clear=False)
            cb_wait_front(cb_s, 2);
            cb_wait_front(cb_top, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_s);
            copy_tile_to_dst_init_short(cb_s);
            copy_tile(cb_s, 0, 0);
            copy_tile(cb_s, 1, 1);
            binary_max_tile_init();
            binary_max_tile(0, 1, 0);
            transpose_wh_dest_init_short<true>();
            transpose_wh_dest<true>(0);
            sfpu_reduce_init<PoolType::MAX, DataFormat::Float32>();
            sfpu_reduce<PoolType::MAX, DataFormat::Float32>(0);
            transpose_wh_dest<true>(0);
            reconfig_data_format_srca(cb_top);
            copy_tile_to_dst_init_short(cb_top);
            copy_tile(cb_top, 0, 1);
            binary_max_tile_init();
            binary_max_tile(0, 1, 0);
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_top, 1);
            cb_reserve_back(cb_top, 1);
            pack_reconfig_data_format(cb_top);
            pack_tile(0, cb_top);
            tile_regs_release();
            cb_push_back(cb_top, 1);
            // flash_decoding.py:42  s[i, j] = T.exp2((s[i, j] - top[i]) * scale)
            cb_wait_front(cb_s, 2);
            cb_wait_front(cb_top, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_s);
            copy_tile_to_dst_init_short(cb_s);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_s, t, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_top, cb_s);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_top, 0, t + 2);
            }
            sub_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                sub_binary_tile(t, t + 2, t);
            }
            exp_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                exp_tile<false, true, true>(t, static_cast<int>(VectorMode::RC), 15872);
            }
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_s, 2);
            cb_reserve_back(cb_s, 2);
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_s);
            }
            tile_regs_release();
            cb_push_back(cb_s, 2);
            // flash_decoding.py:43  T.reduce_sum(s, sums, dim=1)
            cb_wait_front(cb_s, 2);
            cb_reserve_back(cb_sums, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_s);
            copy_tile_to_dst_init_short(cb_s);
            copy_tile(cb_s, 0, 0);
            copy_tile(cb_s, 1, 1);
            add_binary_tile_init();
            add_binary_tile(0, 1, 0);
            transpose_wh_dest_init_short<true>();
            transpose_wh_dest<true>(0);
            sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
            sfpu_reduce<PoolType::SUM, DataFormat::Float32>(0);
            transpose_wh_dest<true>(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_sums);
            pack_tile(0, cb_sums);
            tile_regs_release();
            cb_push_back(cb_sums, 1);
            // flash_decoding.py:45  before[i] = T.exp2((before[i] - top[i]) * scale)
            cb_wait_front(cb_before, 1);
            cb_wait_front(cb_top, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_before);
            copy_tile_to_dst_init_short(cb_before);
            copy_tile(cb_before, 0, 0);
            reconfig_data_format_srca(cb_top);
            copy_tile_to_dst_init_short(cb_top);
            copy_tile(cb_top, 0, 1);
            sub_binary_tile_init();
            sub_binary_tile(0, 1, 0);
            exp_tile_init();
            exp_tile<false, true, true>(0, static_cast<int>(VectorMode::C), 15872);
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_before, 1);
            cb_reserve_back(cb_before, 1);
            pack_reconfig_data_format(cb_before);
            pack_tile(0, cb_before);
            tile_regs_release();
            cb_push_back(cb_before, 1);
            // flash_decoding.py:46  total[i] = total[i] * before[i] + sums[i]
            cb_wait_front(cb_total, 1);
            cb_wait_front(cb_before, 1);
            cb_wait_front(cb_sums, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_total);
            copy_tile_to_dst_init_short(cb_total);
            copy_tile(cb_total, 0, 0);
            reconfig_data_format_srca(cb_before);
            copy_tile_to_dst_init_short(cb_before);
            copy_tile(cb_before, 0, 1);
            mul_binary_tile_init();
            mul_binary_tile(0, 1, 0);
            reconfig_data_format_srca(cb_sums);
            copy_tile_to_dst_init_short(cb_sums);
            copy_tile(cb_sums, 0, 1);
            add_binary_tile_init();
            add_binary_tile(0, 1, 0);
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_total, 1);
            cb_reserve_back(cb_total, 1);
            pack_reconfig_data_format(cb_total);
            pack_tile(0, cb_total);
            tile_regs_release();
            cb_push_back(cb_total, 1);
            cb_pop_front(cb_sums, 1);
            // flash_decoding.py:48  o[i, j] *= before[i]
            cb_wait_front(cb_o, 2);
            cb_wait_front(cb_before, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_o);
            copy_tile_to_dst_init_short(cb_o);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_o, t, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_before, cb_o);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_before, 0, t + 2);
            }
            mul_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t, t + 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_o, 2);
            cb_reserve_back(cb_o, 2);
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_o);
            }
            tile_regs_release();
            cb_push_back(cb_o, 2);
            cb_pop_front(cb_before, 1);
            // flash_decoding.py:49  T.copy(s, p)
            cb_wait_front(cb_s, 2);
            cb_reserve_back(cb_p, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_s);
            copy_tile_to_dst_init_short(cb_s);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_s, t, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_p);
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_p);
            }
            tile_regs_release();
            cb_push_back(cb_p, 2);
            cb_pop_front(cb_s, 2);
            // flash_decoding.py:50  T.gemm(p, v, o)
            cb_wait_front(cb_p, 2);
            cb_wait_front(cb_v, 4);
            cb_wait_front(cb_o, 2);
            pack_reconfig_l1_acc(1);
            pack_reconfig_data_format(cb_o);
            reconfig_data_format(cb_v, cb_p);
            mm_block_init_short(cb_p, cb_v, 0, 2, 1, 2);
            tile_regs_acquire();
            for (int32_t k = 0; k < 2; ++k) {
                matmul_block(cb_p, cb_v, k, k * 2, 0, 0, 2, 1, 2);
            }
            tile_regs_commit();
            cb_pop_front(cb_o, 2);
            cb_reserve_back(cb_o, 2);
            tile_regs_wait();
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_o);
            }
            tile_regs_release();
            cb_push_back(cb_o, 2);
            pack_reconfig_l1_acc(0);
            cb_pop_front(cb_p, 2);
            cb_pop_front(cb_v, 4);
        }
        cb_wait_front(cb_q, 2);
        cb_pop_front(cb_q, 2);
        // flash_decoding.py:52  o[i, j] /= total[i]
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
        cb_wait_front(cb_o, 2);
        cb_wait_front(cb_reciprocal, 1);
        cb_reserve_back(cb_o_out, 2);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_o);
        copy_tile_to_dst_init_short(cb_o);
        for (int32_t t = 0; t < 2; ++t) {
            copy_tile(cb_o, t, t);
        }
        unary_bcast_init<BroadcastType::COL>(cb_reciprocal, cb_o_out);
        for (int32_t t = 0; t < 2; ++t) {
            unary_bcast<BroadcastType::COL>(cb_reciprocal, 0, t + 2);
        }
        mul_binary_tile_init();
        for (int32_t t = 0; t < 2; ++t) {
            mul_binary_tile(t, t + 2, t);
        }
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 2; ++t) {
            pack_tile(t, cb_o_out);
        }
        tile_regs_release();
        cb_push_back(cb_o_out, 2);
        cb_pop_front(cb_o, 2);
        cb_pop_front(cb_reciprocal, 1);
        // flash_decoding.py:54  total[i] = T.log2(total[i]) + top[i] * scale
        cb_wait_front(cb_total, 1);
        cb_wait_front(cb_top, 1);
        cb_reserve_back(cb_total_out, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_total);
        copy_tile_to_dst_init_short(cb_total);
        copy_tile(cb_total, 0, 0);
        log_with_base_tile_init();
        log_with_base_tile(0, float_bits(1.442695f));
        reconfig_data_format_srca(cb_top);
        copy_tile_to_dst_init_short(cb_top);
        copy_tile(cb_top, 0, 1);
        binop_with_scalar_tile_init();
        mul_unary_tile(1, float_bits(0.18033688f));
        add_binary_tile_init();
        add_binary_tile(0, 1, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_total_out);
        pack_tile(0, cb_total_out);
        tile_regs_release();
        cb_push_back(cb_total_out, 1);
        cb_pop_front(cb_total, 1);
        cb_pop_front(cb_top, 1);
    }
}
