#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_b = tt::CBIndex::c_1;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_c = tt::CBIndex::c_2;  // a block of 4 tiles
    constexpr uint32_t cb_C_block = tt::CBIndex::c_3;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_scalars = tt::CBIndex::c_4;  // an integer that the reader found
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_a, cb_b, cb_c);
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block;
        // grouped_gemm.py:24  group = T.alloc_var(dtype=T.int32, init=0)
        int32_t group = 0;
        // grouped_gemm.py:28  for i in range(groups):
        for (int32_t i = 0; i < 3; ++i) {
            // grouped_gemm.py:29  group = T.if_then_else(start >= padded_offsets[i], i, group)
            cb_wait_front(cb_scalars, 1);
            const int32_t padded_offsets_value = read_tile_value(cb_scalars, 0, 0);
            cb_pop_front(cb_scalars, 1);
            group = bx * 64 >= padded_offsets_value ? i : group;
        }
        // grouped_gemm.py:30  size = sizes[group]
        cb_wait_front(cb_scalars, 1);
        cb_pop_front(cb_scalars, 1);
        // grouped_gemm.py:31  row = start - padded_offsets[group] + offsets[group]
        cb_wait_front(cb_scalars, 1);
        cb_pop_front(cb_scalars, 1);
        cb_wait_front(cb_scalars, 1);
        cb_pop_front(cb_scalars, 1);
        // grouped_gemm.py:32  left = T.max(0, T.min(block_M, size + padded_offsets[group] - start))
        cb_wait_front(cb_scalars, 1);
        cb_pop_front(cb_scalars, 1);
        // grouped_gemm.py:38  T.gemm(a, b, c)
        pack_reconfig_data_format(cb_c);
        reconfig_data_format(cb_b, cb_a);
        mm_block_init_short(cb_a, cb_b, 0, 2, 2, 1);
        // grouped_gemm.py:35  for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
        for (int32_t k = 0; k < 2; ++k) {
            // grouped_gemm.py:38  T.gemm(a, b, c)
            cb_wait_front(cb_a, 2);
            cb_wait_front(cb_b, 2);
            if (k != 0) {
                cb_wait_front(cb_c, 4);
            }
            if (k != 0) {
                pack_reconfig_l1_acc(1);
            } else {
                pack_reconfig_l1_acc(0);
            }
            tile_regs_acquire();
            matmul_block(cb_a, cb_b, 0, 0, 0, 0, 2, 2, 1);
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
            pack_reconfig_l1_acc(0);
            cb_pop_front(cb_a, 2);
            cb_pop_front(cb_b, 2);
        }
        // grouped_gemm.py:41  C[row + i, by * block_N + j] = c[i, j]
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
    }
}
