#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t cb_C_sum_in = tt::CBIndex::c_0;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_a = tt::CBIndex::c_1;  // 2 blocks of 16 tiles
    constexpr uint32_t cb_b = tt::CBIndex::c_2;  // 2 blocks of 16 tiles
    constexpr uint32_t cb_C_sum = tt::CBIndex::c_3;  // a block of 4 tiles
    constexpr uint32_t cb_c = tt::CBIndex::c_4;  // a block of 4 tiles
    constexpr uint32_t cb_C_block = tt::CBIndex::c_5;  // a block of 4 tiles
    constexpr uint32_t cb_C_sum_out = tt::CBIndex::c_6;  // 2 blocks of 4 tiles
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_C_sum_in, cb_C_sum_in, cb_C_sum);
    // gemm_splitk.py:22  T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])
    add_binary_tile_init();
    for (int32_t block = start; block < start + count; ++block) {
        cb_wait_front(cb_C_sum_in, 4);
        cb_reserve_back(cb_C_sum, 4);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_C_sum_in);
        copy_tile_to_dst_init_short(cb_C_sum_in);
        for (int32_t r = 0; r < 2; ++r) {
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_C_sum_in, r * 2 + t, r * 2 + t);
            }
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_C_sum);
        for (int32_t t = 0; t < 4; ++t) {
            pack_tile(t, cb_C_sum);
        }
        tile_regs_release();
        cb_push_back(cb_C_sum, 4);
        cb_pop_front(cb_C_sum_in, 4);
        // gemm_splitk.py:12  with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), split_k) as (bx, by, bz):
        for (int32_t bz = 0; bz < 4; ++bz) {
            // gemm_splitk.py:20  T.gemm(a, b, c)
            pack_reconfig_data_format(cb_c);
            reconfig_data_format(cb_b, cb_a);
            mm_block_init_short(cb_a, cb_b, 0, 2, 2, 8);
            // gemm_splitk.py:17  for k in T.Pipelined(T.ceildiv(each, block_K), num_stages=2):
            for (int32_t k = 0; k < 1; ++k) {
                // gemm_splitk.py:20  T.gemm(a, b, c)
                cb_wait_front(cb_a, 16);
                cb_wait_front(cb_b, 16);
                tile_regs_acquire();
                for (int32_t k_2 = 0; k_2 < 8; ++k_2) {
                    matmul_block(cb_a, cb_b, k_2, k_2 * 2, 0, 0, 2, 2, 8);
                }
                tile_regs_commit();
                cb_reserve_back(cb_c, 4);
                tile_regs_wait();
                for (int32_t t = 0; t < 4; ++t) {
                    pack_tile(t, cb_c);
                }
                tile_regs_release();
                cb_push_back(cb_c, 4);
                cb_pop_front(cb_a, 16);
                cb_pop_front(cb_b, 16);
            }
            // gemm_splitk.py:22  T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])
            cb_wait_front(cb_c, 4);
            cb_reserve_back(cb_C_block, 4);
            tile_regs_acquire();
            reconfig_data_format_srca(cb_c);
            copy_tile_to_dst_init_short(cb_c);
            for (int32_t t = 0; t < 4; ++t) {
                copy_tile(cb_c, t, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_C_block);
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_C_block);
            }
            tile_regs_release();
            cb_push_back(cb_C_block, 4);
            cb_pop_front(cb_c, 4);
            cb_wait_front(cb_C_sum, 4);
            cb_wait_front(cb_C_block, 4);
            pack_reconfig_data_format(cb_C_sum);
            for (int32_t row = 0; row < 2; ++row) {
                tile_regs_acquire();
                reconfig_data_format_srca(cb_C_sum);
                copy_tile_to_dst_init_short(cb_C_sum);
                for (int32_t t = 0; t < 2; ++t) {
                    copy_tile(cb_C_sum, t, t);
                }
                reconfig_data_format_srca(cb_C_block);
                copy_tile_to_dst_init_short(cb_C_block);
                for (int32_t t = 0; t < 2; ++t) {
                    copy_tile(cb_C_block, row * 2 + t, t + 2);
                }
                for (int32_t t = 0; t < 2; ++t) {
                    add_binary_tile(t, t + 2, t);
                }
                tile_regs_commit();
                tile_regs_wait();
                cb_pop_front(cb_C_sum, 2);
                cb_reserve_back(cb_C_sum, 2);
                for (int32_t t = 0; t < 2; ++t) {
                    pack_tile(t, cb_C_sum);
                }
                tile_regs_release();
                cb_push_back(cb_C_sum, 2);
            }
            cb_pop_front(cb_C_block, 4);
        }
        cb_wait_front(cb_C_sum, 4);
        cb_reserve_back(cb_C_sum_out, 4);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_C_sum);
        copy_tile_to_dst_init_short(cb_C_sum);
        for (int32_t r = 0; r < 2; ++r) {
            for (int32_t t = 0; t < 2; ++t) {
                copy_tile(cb_C_sum, r * 2 + t, r * 2 + t);
            }
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_C_sum_out);
        for (int32_t t = 0; t < 4; ++t) {
            pack_tile(t, cb_C_sum_out);
        }
        tile_regs_release();
        cb_push_back(cb_C_sum_out, 4);
        cb_pop_front(cb_C_sum, 4);
    }
}
