#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_b = tt::CBIndex::c_1;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_C_before = tt::CBIndex::c_2;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_c = tt::CBIndex::c_3;  // a block of 8 tiles
    constexpr uint32_t cb_C_block = tt::CBIndex::c_4;  // a block of 8 tiles
    constexpr uint32_t cb_C_after = tt::CBIndex::c_5;  // 2 blocks of 8 tiles
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_a, cb_b, cb_c);
    // gemm_splitk.py:22  T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])
    add_binary_tile_init();
    for (int32_t block = start; block < start + count; ++block) {
        // gemm_splitk.py:20  T.gemm(a, b, c)
        pack_reconfig_data_format(cb_c);
        reconfig_data_format(cb_b, cb_a);
        mm_block_init_short(cb_a, cb_b, 0, 2, 2, 1);
        // gemm_splitk.py:17  for k in T.Pipelined(T.ceildiv(each, block_K), num_stages=2):
        for (int32_t k = 0; k < 8; ++k) {
            // gemm_splitk.py:20  T.gemm(a, b, c)
            cb_wait_front(cb_a, 2);
            cb_wait_front(cb_b, 4);
            if (k != 0) {
                cb_wait_front(cb_c, 8);
            }
            if (k != 0) {
                pack_reconfig_l1_acc(1);
            } else {
                pack_reconfig_l1_acc(0);
            }
            for (int32_t j = 0; j < 2; ++j) {
                tile_regs_acquire();
                matmul_block(cb_a, cb_b, 0, j * 2, 0, 0, 2, 2, 1);
                tile_regs_commit();
                if (k != 0) {
                    cb_pop_front(cb_c, 4);
                }
                cb_reserve_back(cb_c, 4);
                tile_regs_wait();
                for (int32_t t = 0; t < 4; ++t) {
                    pack_tile(t, cb_c);
                }
                tile_regs_release();
                cb_push_back(cb_c, 4);
            }
            pack_reconfig_l1_acc(0);
            cb_pop_front(cb_a, 2);
            cb_pop_front(cb_b, 4);
        }
        // gemm_splitk.py:22  T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])
        cb_wait_front(cb_c, 8);
        reconfig_data_format_srca(cb_c);
        copy_tile_to_dst_init_short(cb_c);
        pack_reconfig_data_format(cb_C_block);
        for (int32_t row = 0; row < 2; ++row) {
            cb_reserve_back(cb_C_block, 4);
            tile_regs_acquire();
            for (int32_t t = 0; t < 4; ++t) {
                copy_tile(cb_c, row / 2 * 8 + t / 2 * 4 + row % 2 * 2 + t % 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_C_block);
            }
            tile_regs_release();
            cb_push_back(cb_C_block, 4);
        }
        cb_pop_front(cb_c, 8);
        cb_wait_front(cb_C_before, 8);
        cb_wait_front(cb_C_block, 8);
        pack_reconfig_data_format(cb_C_after);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 2; ++column) {
                cb_reserve_back(cb_C_after, 2);
                tile_regs_acquire();
                reconfig_data_format_srca(cb_C_before);
                copy_tile_to_dst_init_short(cb_C_before);
                for (int32_t t = 0; t < 2; ++t) {
                    copy_tile(cb_C_before, row * 4 + column * 2 + t, t);
                }
                reconfig_data_format_srca(cb_C_block);
                copy_tile_to_dst_init_short(cb_C_block);
                for (int32_t t = 0; t < 2; ++t) {
                    copy_tile(cb_C_block, row * 4 + column * 2 + t, t + 2);
                }
                for (int32_t t = 0; t < 2; ++t) {
                    add_binary_tile(t, t + 2, t);
                }
                tile_regs_commit();
                tile_regs_wait();
                for (int32_t t = 0; t < 2; ++t) {
                    pack_tile(t, cb_C_after);
                }
                tile_regs_release();
                cb_push_back(cb_C_after, 2);
            }
        }
        cb_pop_front(cb_C_before, 8);
        cb_pop_front(cb_C_block, 8);
    }
}
