#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_b = tt::CBIndex::c_1;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_c = tt::CBIndex::c_2;  // a block of 16 tiles
    constexpr uint32_t cb_c_out = tt::CBIndex::c_3;  // 2 blocks of 16 tiles
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_c, cb_c, cb_c);
    // gemm_lazy.py:18  T.clear(c)
    fill_tile_init();
    for (int32_t block = start; block < start + count; ++block) {
        cb_reserve_back(cb_c, 16);
        pack_reconfig_data_format(cb_c);
        tile_regs_acquire();
        fill_tile(0, 0.0f);
        tile_regs_commit();
        tile_regs_wait();
        for (int32_t t = 0; t < 16; ++t) {
            pack_tile(0, cb_c);
        }
        tile_regs_release();
        cb_push_back(cb_c, 16);
        // gemm_lazy.py:22  T.gemm(a, b, c)
        reconfig_data_format(cb_b, cb_a);
        mm_block_init_short(cb_a, cb_b, 0, 2, 2, 1);
        // gemm_lazy.py:19  for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
        for (int32_t k = 0; k < 4; ++k) {
            // gemm_lazy.py:22  T.gemm(a, b, c)
            cb_wait_front(cb_a, 4);
            cb_wait_front(cb_b, 4);
            cb_wait_front(cb_c, 16);
            pack_reconfig_l1_acc(1);
            for (int32_t i = 0; i < 2; ++i) {
                for (int32_t j = 0; j < 2; ++j) {
                    tile_regs_acquire();
                    matmul_block(cb_a, cb_b, i * 2, j * 2, 0, 0, 2, 2, 1);
                    tile_regs_commit();
                    cb_pop_front(cb_c, 4);
                    cb_reserve_back(cb_c, 4);
                    tile_regs_wait();
                    for (int32_t t = 0; t < 4; ++t) {
                        pack_tile(t, cb_c);
                    }
                    tile_regs_release();
                    cb_push_back(cb_c, 4);
                }
            }
            pack_reconfig_l1_acc(0);
            cb_pop_front(cb_a, 4);
            cb_pop_front(cb_b, 4);
        }
        // gemm_lazy.py:23  T.copy(c, C[by * block_M, bx * block_N])
        cb_wait_front(cb_c, 16);
        reconfig_data_format_srca(cb_c);
        copy_tile_to_dst_init_short(cb_c);
        pack_reconfig_data_format(cb_c_out);
        for (int32_t row = 0; row < 4; ++row) {
            cb_reserve_back(cb_c_out, 4);
            tile_regs_acquire();
            for (int32_t t = 0; t < 4; ++t) {
                copy_tile(cb_c, row / 2 * 8 + t / 2 * 4 + row % 2 * 2 + t % 2, t);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_c_out);
            }
            tile_regs_release();
            cb_push_back(cb_c_out, 4);
        }
        cb_pop_front(cb_c, 16);
    }
}
