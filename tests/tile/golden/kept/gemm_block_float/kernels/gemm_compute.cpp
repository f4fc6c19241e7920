#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 3 blocks of 4 tiles
    constexpr uint32_t cb_w = tt::CBIndex::c_1;  // 3 blocks of 4 tiles
    constexpr uint32_t cb_c = tt::CBIndex::c_2;  // a block of 4 tiles
    constexpr uint32_t cb_c_out = tt::CBIndex::c_3;  // 2 blocks of 4 tiles
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_c, cb_c, cb_c);
    // gemm_block_float.py:22  T.clear(c)
    fill_tile_init();
    for (int32_t block = start; block < start + count; ++block) {
        cb_reserve_back(cb_c, 4);
        pack_reconfig_data_format(cb_c);
        tile_regs_acquire();
        fill_tile(0, 0.0f);
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 4; ++t) {
            pack_tile(0, cb_c);
        }
        tile_regs_release();
        cb_push_back(cb_c, 4);
        // gemm_block_float.py:26  T.gemm(a, w, c)
        reconfig_data_format(cb_w, cb_a);
        mm_block_init_short(cb_a, cb_w, 0, 2, 2, 2);
        // gemm_block_float.py:23  for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=3):
        for (int32_t k = 0; k < 2; ++k) {
            // gemm_block_float.py:26  T.gemm(a, w, c)
            cb_wait_front(cb_a, 4);
            cb_wait_front(cb_w, 4);
            cb_wait_front(cb_c, 4);
            pack_reconfig_l1_acc(1);
            tile_regs_acquire();
            for (int32_t k_2 = 0; k_2 < 2; ++k_2) {
                matmul_block(cb_a, cb_w, k_2, k_2 * 2, 0, 0, 2, 2, 2);
            }
            tile_regs_commit();
            cb_pop_front(cb_c, 4);
            cb_reserve_back(cb_c, 4);
            tile_regs_wait();
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_c);
            }
            tile_regs_release();
            cb_push_back(cb_c, 4);
            pack_reconfig_l1_acc(0);
            cb_pop_front(cb_a, 4);
            cb_pop_front(cb_w, 4);
        }
        // gemm_block_float.py:27  T.copy(c, C[by * block_M, bx * block_N])
        cb_wait_front(cb_c, 4);
        cb_reserve_back(cb_c_out, 4);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_c);
        copy_tile_to_dst_init_short(cb_c);
        for (int32_t t = 0; t < 4; ++t) {
            copy_tile(cb_c, t, t);
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_c_out);
        for (int32_t t = 0; t < 4; ++t) {
            pack_tile(t, cb_c_out);
        }
        tile_regs_release();
        cb_push_back(cb_c_out, 4);
        cb_pop_front(cb_c, 4);
    }
}
