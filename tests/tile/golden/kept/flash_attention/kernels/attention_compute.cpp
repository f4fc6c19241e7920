#include "api/compute/bcast.h"
#include "api/compute/binary_max_min.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/comp.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/eltwise_unary/where.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/transpose_wh_dest.h"

template <class T>
inline T min_of(T a, T b) {
    return b < a ? b : a;
}

/// The bits of a float, as the compute API takes scalars.
inline uint32_t float_bits(float value) {
    return __builtin_bit_cast(uint32_t, value);
}

void kernel_main() {
    constexpr uint32_t cb_q = tt::CBIndex::c_0;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_k = tt::CBIndex::c_1;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_v = tt::CBIndex::c_2;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_o = tt::CBIndex::c_3;  // a block of 4 tiles
    constexpr uint32_t cb_total = tt::CBIndex::c_4;  // a block of 2 tiles
    constexpr uint32_t cb_top = tt::CBIndex::c_5;  // a block of 2 tiles
    constexpr uint32_t cb_s = tt::CBIndex::c_6;  // a block of 4 tiles
    constexpr uint32_t cb_top_before = tt::CBIndex::c_7;  // a block of 2 tiles
    constexpr uint32_t cb_rescale = tt::CBIndex::c_8;  // a block of 2 tiles
    constexpr uint32_t cb_part = tt::CBIndex::c_9;  // a block of 2 tiles
    constexpr uint32_t cb_p = tt::CBIndex::c_10;  // a block of 4 tiles
    constexpr uint32_t cb_reciprocal = tt::CBIndex::c_11;  // a block of 2 tiles
    constexpr uint32_t cb_o_out = tt::CBIndex::c_12;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_row_index = tt::CBIndex::c_13;  // a tile whose elements are their row
    constexpr uint32_t cb_column_index = tt::CBIndex::c_14;  // a tile whose elements are their column
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_o, cb_o, cb_o);
    cb_wait_front(cb_row_index, 1);
    cb_wait_front(cb_column_index, 1);
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block % 4;
        // flash_attention.py:53  T.fill(o, 0)
        cb_reserve_back(cb_o, 4);
        pack_reconfig_data_format(cb_o);
        fill_tile_init();
        tile_regs_acquire();
        fill_tile(0, 0.0f);
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 4; ++t) {
            pack_tile(0, cb_o);
        }
        tile_regs_release();
        cb_push_back(cb_o, 4);
        // flash_attention.py:54  T.fill(total, 0)
        cb_reserve_back(cb_total, 2);
        pack_reconfig_data_format(cb_total);
        tile_regs_acquire();
        fill_tile(0, 0.0f);
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 2; ++t) {
            pack_tile(0, cb_total);
        }
        tile_regs_release();
        cb_push_back(cb_total, 2);
        // flash_attention.py:55  T.fill(top, -T.infinity(accum))
        cb_reserve_back(cb_top, 2);
        pack_reconfig_data_format(cb_top);
        tile_regs_acquire();
        fill_tile(0, -__builtin_inff());
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 2; ++t) {
            pack_tile(0, cb_top);
        }
        tile_regs_release();
        cb_push_back(cb_top, 2);
        // flash_attention.py:58  for n in T.Pipelined(reach, num_stages=num_stages):
        for (int32_t n = 0; n < min_of<int32_t>(4, ((bx + 1) * 64 + 63) / 64); ++n) {
            // flash_attention.py:65  T.gemm(q, k, s, transpose_B=True, policy=T.GemmWarpPolicy.FullRow)
            if (bx * 64 - n * 64 - 63 >= 0) {
                cb_wait_front(cb_q, 4);
                cb_wait_front(cb_k, 4);
                pack_reconfig_data_format(cb_s);
                reconfig_data_format(cb_k, cb_q);
                mm_block_init_short(cb_q, cb_k, 1, 1, 2, 2);
                tile_regs_acquire();
                for (int32_t k = 0; k < 2; ++k) {
                    matmul_block(cb_q, cb_k, k, k, 0, 1, 1, 2, 2);
                    matmul_block(cb_q, cb_k, k, k + 2, 2, 1, 1, 2, 2);
                }
                tile_regs_commit();
                cb_reserve_back(cb_s, 4);
                tile_regs_wait();
                pack_tile(0, cb_s);
                pack_tile(2, cb_s);
                pack_tile(1, cb_s);
                pack_tile(3, cb_s);
                tile_regs_release();
                cb_push_back(cb_s, 4);
                cb_pop_front(cb_k, 4);
            } else {
                reconfig_data_format(cb_row_index, cb_column_index);
                sub_tiles_init(cb_row_index, cb_column_index);
                pack_reconfig_data_format(cb_s);
                for (int32_t row = 0; row < 2; ++row) {
                    for (int32_t column = 0; column < 2; ++column) {
                        cb_reserve_back(cb_s, 1);
                        tile_regs_acquire();
                        if (bx * 64 + row * 32 - n * 64 - column * 32 - 31 >= 0) {
                            fill_tile_init();
                            fill_tile(0, 0.0f);
                        } else if (n * 64 + column * 32 - bx * 64 - row * 32 - 32 >= 0) {
                            fill_tile_init();
                            fill_tile(0, -__builtin_inff());
                        } else {
                            sub_tiles(cb_row_index, cb_column_index, 0, 0, 0);
                            unary_ge_tile_init();
                            unary_ge_tile(0, float_bits(static_cast<float>(n * 64 + column * 32 - bx * 64 - row * 32)));
                            fill_tile_init();
                            fill_tile(1, 0.0f);
                            fill_tile(2, -__builtin_inff());
                            where_tile_init();
                            where_tile<DataFormat::Float32>(0, 1, 2, 0);
                        }
                        tile_regs_commit();
                        tile_regs_wait();
                        pack_tile(0, cb_s);
                        tile_regs_release();
                        cb_push_back(cb_s, 1);
                    }
                }
                cb_wait_front(cb_q, 4);
                cb_wait_front(cb_k, 4);
                cb_wait_front(cb_s, 4);
                pack_reconfig_l1_acc(1);
                mm_block_init_short(cb_q, cb_k, 1, 1, 2, 2);
                tile_regs_acquire();
                for (int32_t k = 0; k < 2; ++k) {
                    matmul_block(cb_q, cb_k, k, k, 0, 1, 1, 2, 2);
                    matmul_block(cb_q, cb_k, k, k + 2, 2, 1, 1, 2, 2);
                }
                tile_regs_commit();
                cb_pop_front(cb_s, 4);
                cb_reserve_back(cb_s, 4);
                tile_regs_wait();
                pack_tile(0, cb_s);
                pack_tile(2, cb_s);
                pack_tile(1, cb_s);
                pack_tile(3, cb_s);
                tile_regs_release();
                cb_push_back(cb_s, 4);
                pack_reconfig_l1_acc(0);
                cb_pop_front(cb_k, 4);
            }
            // flash_attention.py:66  T.copy(top, top_before)
            cb_wait_front(cb_top, 2);
            cb_reserve_back(cb_top_before, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_top);
            copy_tile_to_dst_init_short(cb_top);
            for (int32_t r = 0; r < 2; ++r) {
                copy_tile(cb_top, r, r);
            }
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_top_before);
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_top_before);
            }
            tile_regs_release();
            cb_push_back(cb_top_before, 2);
            // flash_attention.py:67  T.reduce_max(s, top, dim=1, clear=False)
            cb_wait_front(cb_s, 4);
            cb_wait_front(cb_top, 2);
            pack_reconfig_data_format(cb_top);
            for (int32_t line = 0; line < 2; ++line) {
                tile_regs_acquire();
                reconfig_data_format_srca(cb_s);
                copy_tile_to_dst_init_short(cb_s);
                copy_tile(cb_s, line * 2, 0);
                copy_tile(cb_s, line * 2 + 1, 1);
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
                pack_tile(0, cb_top);
                tile_regs_release();
                cb_push_back(cb_top, 1);
            }
            // flash_attention.py:69  rescale[i] = T.exp2((top_before[i] - top[i]) * scale)
            cb_wait_front(cb_top_before, 2);
            cb_wait_front(cb_top, 2);
            cb_reserve_back(cb_rescale, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_top_before);
            copy_tile_to_dst_init_short(cb_top_before);
            for (int32_t r = 0; r < 2; ++r) {
                copy_tile(cb_top_before, r, r);
            }
            reconfig_data_format_srca(cb_top);
            copy_tile_to_dst_init_short(cb_top);
            for (int32_t r = 0; r < 2; ++r) {
                copy_tile(cb_top, r, r + 2);
            }
            sub_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                sub_binary_tile(t, t + 2, t);
            }
            exp_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                exp_tile<false, true, true>(t, static_cast<int>(VectorMode::C), 15872);
            }
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_rescale);
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_rescale);
            }
            tile_regs_release();
            cb_push_back(cb_rescale, 2);
            cb_pop_front(cb_top_before, 2);
            // flash_attention.py:71  s[i, j] = T.exp2((s[i, j] - top[i]) * scale)
            cb_wait_front(cb_s, 4);
            cb_wait_front(cb_top, 2);
            pack_reconfig_data_format(cb_s);
            for (int32_t row = 0; row < 2; ++row) {
                tile_regs_acquire();
                reconfig_data_format_srca(cb_s);
                copy_tile_to_dst_init_short(cb_s);
                for (int32_t t = 0; t < 2; ++t) {
                    copy_tile(cb_s, t, t);
                }
                unary_bcast_init<BroadcastType::COL>(cb_top, cb_s);
                for (int32_t t = 0; t < 2; ++t) {
                    unary_bcast<BroadcastType::COL>(cb_top, row, t + 2);
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
            }
            // flash_attention.py:72  T.reduce_sum(s, part, dim=1)
            cb_wait_front(cb_s, 4);
            reconfig_data_format_srca(cb_s);
            pack_reconfig_data_format(cb_part);
            for (int32_t line = 0; line < 2; ++line) {
                cb_reserve_back(cb_part, 1);
                tile_regs_acquire();
                copy_tile_to_dst_init_short(cb_s);
                copy_tile(cb_s, line * 2, 0);
                copy_tile(cb_s, line * 2 + 1, 1);
                add_binary_tile_init();
                add_binary_tile(0, 1, 0);
                transpose_wh_dest_init_short<true>();
                transpose_wh_dest<true>(0);
                sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
                sfpu_reduce<PoolType::SUM, DataFormat::Float32>(0);
                transpose_wh_dest<true>(0);
                tile_regs_commit();
                tile_regs_wait();
                pack_tile(0, cb_part);
                tile_regs_release();
                cb_push_back(cb_part, 1);
            }
            // flash_attention.py:74  total[i] = total[i] * rescale[i] + part[i]
            cb_wait_front(cb_total, 2);
            cb_wait_front(cb_rescale, 2);
            cb_wait_front(cb_part, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_total);
            copy_tile_to_dst_init_short(cb_total);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_total, t, t);
            }
            reconfig_data_format_srca(cb_rescale);
            copy_tile_to_dst_init_short(cb_rescale);
            for (int32_t r = 0; r < 2; ++r) {
                copy_tile(cb_rescale, r, r + 2);
            }
            mul_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t, t + 2, t);
            }
            reconfig_data_format_srca(cb_part);
            copy_tile_to_dst_init_short(cb_part);
            for (int32_t r = 0; r < 2; ++r) {
                copy_tile(cb_part, r, r + 2);
            }
            add_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                add_binary_tile(t, t + 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_total, 2);
            cb_reserve_back(cb_total, 2);
            pack_reconfig_data_format(cb_total);
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t, cb_total);
            }
            tile_regs_release();
            cb_push_back(cb_total, 2);
            cb_pop_front(cb_part, 2);
            // flash_attention.py:76  o[i, j] *= rescale[i]
            cb_wait_front(cb_o, 4);
            cb_wait_front(cb_rescale, 2);
            mul_binary_tile_init();
            pack_reconfig_data_format(cb_o);
            for (int32_t row = 0; row < 2; ++row) {
                tile_regs_acquire();
                reconfig_data_format_srca(cb_o);
                copy_tile_to_dst_init_short(cb_o);
                for (int32_t t = 0; t < 2; ++t) {
                    copy_tile(cb_o, t, t);
                }
                unary_bcast_init<BroadcastType::COL>(cb_rescale, cb_o);
                for (int32_t t = 0; t < 2; ++t) {
                    unary_bcast<BroadcastType::COL>(cb_rescale, row, t + 2);
                }
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
            }
            cb_pop_front(cb_rescale, 2);
            // flash_attention.py:77  T.copy(s, p)
            cb_wait_front(cb_s, 4);
            cb_reserve_back(cb_p, 4);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_s);
            copy_tile_to_dst_init_short(cb_s);
            for (int32_t t = 0; t < 4; ++t) {
                copy_tile(cb_s, t, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_p);
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_p);
            }
            tile_regs_release();
            cb_push_back(cb_p, 4);
            cb_pop_front(cb_s, 4);
            // flash_attention.py:79  T.gemm(p, v, o, policy=T.GemmWarpPolicy.FullRow)
            cb_wait_front(cb_p, 4);
            cb_wait_front(cb_v, 4);
            cb_wait_front(cb_o, 4);
            pack_reconfig_l1_acc(1);
            pack_reconfig_data_format(cb_o);
            reconfig_data_format(cb_v, cb_p);
            mm_block_init_short(cb_p, cb_v, 0, 2, 2, 2);
            tile_regs_acquire();
            for (int32_t k = 0; k < 2; ++k) {
                matmul_block(cb_p, cb_v, k, k * 2, 0, 0, 2, 2, 2);
            }
            tile_regs_commit();
            cb_pop_front(cb_o, 4);
            cb_reserve_back(cb_o, 4);
            tile_regs_wait();
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_o);
            }
            tile_regs_release();
            cb_push_back(cb_o, 4);
            pack_reconfig_l1_acc(0);
            cb_pop_front(cb_p, 4);
            cb_pop_front(cb_v, 4);
        }
        cb_wait_front(cb_q, 4);
        cb_pop_front(cb_q, 4);
        cb_wait_front(cb_top, 2);
        cb_pop_front(cb_top, 2);
        // flash_attention.py:81  o[i, j] /= total[i]
        cb_wait_front(cb_total, 2);
        cb_reserve_back(cb_reciprocal, 2);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_total);
        copy_tile_to_dst_init_short(cb_total);
        for (int32_t r = 0; r < 2; ++r) {
            copy_tile(cb_total, r, r);
        }
        recip_tile_init<false>();
        for (int32_t t = 0; t < 2; ++t) {
            recip_tile<false>(t, static_cast<int>(VectorMode::C));
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_reciprocal);
        for (int32_t t = 0; t < 2; ++t) {
            pack_tile(t, cb_reciprocal);
        }
        tile_regs_release();
        cb_push_back(cb_reciprocal, 2);
        cb_pop_front(cb_total, 2);
        cb_wait_front(cb_o, 4);
        cb_wait_front(cb_reciprocal, 2);
        mul_binary_tile_init();
        pack_reconfig_data_format(cb_o_out);
        for (int32_t row = 0; row < 2; ++row) {
            cb_reserve_back(cb_o_out, 2);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_o);
            copy_tile_to_dst_init_short(cb_o);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_o, row * 2 + t, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_reciprocal, cb_o_out);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_reciprocal, row, t + 2);
            }
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
        }
        cb_pop_front(cb_o, 4);
        cb_pop_front(cb_reciprocal, 2);
    }
}
