#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 3 blocks of 8 tiles
    constexpr uint32_t cb_w = tt::CBIndex::c_1;  // 3 blocks of 8 tiles
    constexpr uint32_t cb_c = tt::CBIndex::c_2;  // a block of 4 tiles
    constexpr uint32_t cb_c_out = tt::CBIndex::c_3;  // 2 blocks of 4 tiles
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_a, cb_w, cb_c);
    // gemm_block_float.py:26  T.gemm(a, w, c)
    pack_reconfig_data_format(cb_c_out);
    reconfig_data_format(cb_w, cb_a);
    mm_block_init_short(cb_a, cb_w, 0, 2, 2, 4);
    for (int32_t block = start; block < start + count; ++block) {
        // gemm_block_float.py:23  for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=3):
        for (int32_t k = 0; k < 1; ++k) {
            // gemm_block_float.py:26  T.gemm(a, w, c)
            cb_wait_front(cb_a, 8);
            cb_wait_front(cb_w, 8);
            tile_regs_acquire();
            for (int32_t k_2 = 0; k_2 < 4; ++k_2) {
                matmul_block(cb_a, cb_w, k_2, k_2 * 2, 0, 0, 2, 2, 4);
            }
            tile_regs_commit();
            cb_reserve_back(cb_c_out, 4);
            tile_regs_wait();
            for (int32_t t = 0; t < 4; ++t) {
                pack_tile(t, cb_c_out);
            }
            tile_regs_release();
            cb_push_back(cb_c_out, 4);
            cb_pop_front(cb_a, 8);
            cb_pop_front(cb_w, 8);
        }
    }
}
