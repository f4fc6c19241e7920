#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_b = tt::CBIndex::c_1;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_c = tt::CBIndex::c_2;  // a block of 16 tiles
    constexpr uint32_t cb_c_out = tt::CBIndex::c_3;  // 2 blocks of 16 tiles
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_a, cb_b, cb_c);
    for (int32_t block = start; block < start + count; ++block) {
        // gemm_lazy.py:19  for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
        for (int32_t k = 0; k < 2; ++k) {
            // gemm_lazy.py:22  T.gemm(a, b, c)
            cb_wait_front(cb_a, 8);
            cb_wait_front(cb_b, 8);
            if (k != 0) {
                cb_wait_front(cb_c, 16);
            }
            if (k != 0 && k != 1) {
                pack_reconfig_l1_acc(1);
            } else {
                pack_reconfig_l1_acc(0);
            }
            if (k == 1) {
                pack_reconfig_data_format(cb_c_out);
            } else {
                pack_reconfig_data_format(cb_c);
            }
            mm_block_init_short(cb_a, cb_b, 0, 2, 2, 2);
            for (int32_t i = 0; i < 2; ++i) {
                for (int32_t j = 0; j < 2; ++j) {
                    tile_regs_acquire();
                    if (k == 1) {
                        reconfig_data_format_srca(cb_c);
                        copy_tile_to_dst_init_short(cb_c);
                        for (int32_t t = 0; t < 2; ++t) {
                            copy_tile(cb_c, t, t);
                        }
                        for (int32_t t = 0; t < 2; ++t) {
                            copy_tile(cb_c, t + 2, t + 2);
                        }
                        reconfig_data_format(cb_b, cb_a);
                        mm_block_init_short(cb_a, cb_b, 0, 2, 2, 2);
                    }
                    for (int32_t k_2 = 0; k_2 < 2; ++k_2) {
                        matmul_block(cb_a, cb_b, i * 4 + k_2, k_2 * 4 + j * 2, 0, 0, 2, 2, 2);
                    }
                    tile_regs_commit();
                    if (k != 0) {
                        cb_pop_front(cb_c, 4);
                    }
                    if (k == 1) {
                        cb_reserve_back(cb_c_out, 4);
                        tile_regs_wait();
                        for (int32_t t = 0; t < 4; ++t) {
                            pack_tile(t, cb_c_out);
                        }
                        tile_regs_release();
                        cb_push_back(cb_c_out, 4);
                    } else {
                        cb_reserve_back(cb_c, 4);
                        tile_regs_wait();
                        for (int32_t t = 0; t < 4; ++t) {
                            pack_tile(t, cb_c);
                        }
                        tile_regs_release();
                        cb_push_back(cb_c, 4);
                    }
                }
            }
            if (!(k == 1)) {
                pack_reconfig_l1_acc(0);
            }
            cb_pop_front(cb_a, 8);
            cb_pop_front(cb_b, 8);
        }
    }
}
