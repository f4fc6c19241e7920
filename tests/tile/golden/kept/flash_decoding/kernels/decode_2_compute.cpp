#include "api/compute/bcast.h"
#include "api/compute/binary_max_min.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t cb_l = tt::CBIndex::c_0;  // 2 blocks of 1 tile
    constexpr uint32_t cb_o_1 = tt::CBIndex::c_1;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_most = tt::CBIndex::c_2;  // a block of 1 tile
    constexpr uint32_t cb_sum_l = tt::CBIndex::c_3;  // a block of 1 tile
    constexpr uint32_t cb_sum_o = tt::CBIndex::c_4;  // a block of 2 tiles
    constexpr uint32_t cb_l_part = tt::CBIndex::c_5;  // a block of 1 tile
    constexpr uint32_t cb_reciprocal_2 = tt::CBIndex::c_6;  // a block of 1 tile
    constexpr uint32_t cb_sum_o_out = tt::CBIndex::c_7;  // 2 blocks of 2 tiles
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_most, cb_most, cb_most);
    for (int32_t block = start; block < start + count; ++block) {
        // flash_decoding.py:63  T.fill(most, -T.infinity("float32"))
        cb_reserve_back(cb_most, 1);
        pack_reconfig_data_format(cb_most);
        fill_tile_init();
        tile_regs_acquire();
        fill_tile(0, -__builtin_inff());
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, cb_most);
        tile_regs_release();
        cb_push_back(cb_most, 1);
        // flash_decoding.py:64  T.clear(sum_l)
        cb_reserve_back(cb_sum_l, 1);
        pack_reconfig_data_format(cb_sum_l);
        tile_regs_acquire();
        fill_tile(0, 0.0f);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, cb_sum_l);
        tile_regs_release();
        cb_push_back(cb_sum_l, 1);
        // flash_decoding.py:65  T.clear(sum_o)
        cb_reserve_back(cb_sum_o, 2);
        pack_reconfig_data_format(cb_sum_o);
        tile_regs_acquire();
        fill_tile(0, 0.0f);
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 2; ++t) {
            pack_tile(0, cb_sum_o);
        }
        tile_regs_release();
        cb_push_back(cb_sum_o, 2);
        // flash_decoding.py:69  most[i] = T.max(most[i], l[i])
        binary_max_tile_init();
        pack_reconfig_data_format(cb_most);
        // flash_decoding.py:66  for n in T.serial(splits):
        for (int32_t n_1 = 0; n_1 < 4; ++n_1) {
            // flash_decoding.py:69  most[i] = T.max(most[i], l[i])
            cb_wait_front(cb_most, 1);
            cb_wait_front(cb_l, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_most);
            copy_tile_to_dst_init_short(cb_most);
            copy_tile(cb_most, 0, 0);
            reconfig_data_format_srca(cb_l);
            copy_tile_to_dst_init_short(cb_l);
            copy_tile(cb_l, 0, 1);
            binary_max_tile(0, 1, 0);
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_most, 1);
            cb_reserve_back(cb_most, 1);
            pack_tile(0, cb_most);
            tile_regs_release();
            cb_push_back(cb_most, 1);
            cb_pop_front(cb_l, 1);
        }
        // flash_decoding.py:70  for n in T.serial(splits):
        for (int32_t n_2 = 0; n_2 < 4; ++n_2) {
            // flash_decoding.py:74  l[i] = T.exp2(l[i] - most[i])
            cb_wait_front(cb_l, 1);
            cb_wait_front(cb_most, 1);
            cb_reserve_back(cb_l_part, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_l);
            copy_tile_to_dst_init_short(cb_l);
            copy_tile(cb_l, 0, 0);
            reconfig_data_format_srca(cb_most);
            copy_tile_to_dst_init_short(cb_most);
            copy_tile(cb_most, 0, 1);
            sub_binary_tile_init();
            sub_binary_tile(0, 1, 0);
            exp2_tile_init();
            exp2_tile(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_l_part);
            pack_tile(0, cb_l_part);
            tile_regs_release();
            cb_push_back(cb_l_part, 1);
            cb_pop_front(cb_l, 1);
            // flash_decoding.py:75  sum_l[i] += l[i]
            cb_wait_front(cb_sum_l, 1);
            cb_wait_front(cb_l_part, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_sum_l);
            copy_tile_to_dst_init_short(cb_sum_l);
            copy_tile(cb_sum_l, 0, 0);
            reconfig_data_format_srca(cb_l_part);
            copy_tile_to_dst_init_short(cb_l_part);
            copy_tile(cb_l_part, 0, 1);
            add_binary_tile_init();
            add_binary_tile(0, 1, 0);
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_sum_l, 1);
            cb_reserve_back(cb_sum_l, 1);
            pack_reconfig_data_format(cb_sum_l);
            pack_tile(0, cb_sum_l);
            tile_regs_release();
            cb_push_back(cb_sum_l, 1);
            // flash_decoding.py:77  sum_o[i, j] += o[i, j] * l[i]
            cb_wait_front(cb_sum_o, 2);
            cb_wait_front(cb_o_1, 2);
            cb_wait_front(cb_l_part, 1);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_o_1);
            copy_tile_to_dst_init_short(cb_o_1);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_o_1, t, t);
            }
            unary_bcast_init<BroadcastType::COL>(cb_l_part, cb_sum_o);
            for (int32_t t = 0; t < 2; ++t) {
                unary_bcast<BroadcastType::COL>(cb_l_part, 0, t + 2);
            }
            mul_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                mul_binary_tile(t, t + 2, t);
            }
            reconfig_data_format_srca(cb_sum_o);
            copy_tile_to_dst_init_short(cb_sum_o);
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_sum_o, t, t + 2);
            }
            add_binary_tile_init();
            for (int32_t t = 0; t < 2; ++t) {
                add_binary_tile(t + 2, t, t + 2);
            }
            tile_regs_commit();
            tile_regs_wait();
            cb_pop_front(cb_sum_o, 2);
            cb_reserve_back(cb_sum_o, 2);
            for (int32_t t = 0; t < 2; ++t) {
                pack_tile(t + 2, cb_sum_o);
            }
            tile_regs_release();
            cb_push_back(cb_sum_o, 2);
            cb_pop_front(cb_o_1, 2);
            cb_pop_front(cb_l_part, 1);
        }
        cb_wait_front(cb_most, 1);
        cb_pop_front(cb_most, 1);
        // flash_decoding.py:79  sum_o[i, j] /= sum_l[i]
        cb_wait_front(cb_sum_l, 1);
        cb_reserve_back(cb_reciprocal_2, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_sum_l);
        copy_tile_to_dst_init_short(cb_sum_l);
        copy_tile(cb_sum_l, 0, 0);
        recip_tile_init<false>();
        recip_tile<false>(0, static_cast<int>(VectorMode::C));
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_reciprocal_2);
        pack_tile(0, cb_reciprocal_2);
        tile_regs_release();
        cb_push_back(cb_reciprocal_2, 1);
        cb_pop_front(cb_sum_l, 1);
        cb_wait_front(cb_sum_o, 2);
        cb_wait_front(cb_reciprocal_2, 1);
        cb_reserve_back(cb_sum_o_out, 2);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_sum_o);
        copy_tile_to_dst_init_short(cb_sum_o);
        for (int32_t t = 0; t < 2; ++t) {
            copy_tile(cb_sum_o, t, t);
        }
        unary_bcast_init<BroadcastType::COL>(cb_reciprocal_2, cb_sum_o_out);
        for (int32_t t = 0; t < 2; ++t) {
            unary_bcast<BroadcastType::COL>(cb_reciprocal_2, 0, t + 2);
        }
        mul_binary_tile_init();
        for (int32_t t = 0; t < 2; ++t) {
            mul_binary_tile(t, t + 2, t);
        }
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 2; ++t) {
            pack_tile(t, cb_sum_o_out);
        }
        tile_regs_release();
        cb_push_back(cb_sum_o_out, 2);
        cb_pop_front(cb_sum_o, 2);
        cb_pop_front(cb_reciprocal_2, 1);
    }
}
