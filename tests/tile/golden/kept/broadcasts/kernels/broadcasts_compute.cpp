#include "api/compute/bcast.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/tile_move_copy.h"

/// The bits of a float, as the compute API takes scalars.
inline uint32_t float_bits(float value) {
    return __builtin_bit_cast(uint32_t, value);
}

void kernel_main() {
    constexpr uint32_t cb_x = tt::CBIndex::c_0;  // 2 blocks of 1 tile
    constexpr uint32_t cb_c = tt::CBIndex::c_1;  // 2 blocks of 1 tile
    constexpr uint32_t cb_r = tt::CBIndex::c_2;  // 2 blocks of 1 tile
    constexpr uint32_t cb_s = tt::CBIndex::c_3;  // 2 blocks of 1 tile
    constexpr uint32_t cb_one_block = tt::CBIndex::c_4;  // 2 blocks of 1 tile
    constexpr uint32_t cb_scalar_2 = tt::CBIndex::c_5;  // a block of 1 tile
    constexpr uint32_t cb_y = tt::CBIndex::c_6;  // 2 blocks of 1 tile
    constexpr uint32_t cb_column_index = tt::CBIndex::c_7;  // a tile whose elements are their column
    const int32_t start = get_arg_val<int32_t>(0);
    const int32_t count = get_arg_val<int32_t>(1);

    compute_kernel_hw_startup(cb_one_block, cb_one_block, cb_scalar_2);
    cb_wait_front(cb_column_index, 1);
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = 0;
        // broadcasts.py:29  scalar = one[b]
        cb_wait_front(cb_one_block, 1);
        cb_reserve_back(cb_scalar_2, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_one_block);
        copy_tile_to_dst_init_short(cb_one_block);
        copy_tile(cb_one_block, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_scalar_2);
        pack_tile(0, cb_scalar_2);
        tile_regs_release();
        cb_push_back(cb_scalar_2, 1);
        cb_pop_front(cb_one_block, 1);
        // broadcasts.py:31  y[i, j] = (x[i, j] * c[i] + r[j]) * factor + scalar * s[i, j] - T.cast(bx * blk_n + j, T.float32) * 0.01
        cb_wait_front(cb_x, 1);
        cb_wait_front(cb_c, 1);
        cb_wait_front(cb_r, 1);
        cb_wait_front(cb_scalar_2, 1);
        cb_wait_front(cb_s, 1);
        cb_reserve_back(cb_y, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_x);
        copy_tile_to_dst_init_short(cb_x);
        copy_tile(cb_x, 0, 0);
        unary_bcast_init<BroadcastType::COL>(cb_c, cb_y);
        unary_bcast<BroadcastType::COL>(cb_c, 0, 1);
        mul_binary_tile_init();
        mul_binary_tile(0, 1, 0);
        unary_bcast_init<BroadcastType::ROW>(cb_r, cb_y);
        unary_bcast<BroadcastType::ROW>(cb_r, 0, 1);
        add_binary_tile_init();
        add_binary_tile(0, 1, 0);
        binop_with_scalar_tile_init();
        mul_unary_tile(0, float_bits(0.5f));
        unary_bcast_init<BroadcastType::SCALAR>(cb_scalar_2, cb_y);
        unary_bcast<BroadcastType::SCALAR>(cb_scalar_2, 0, 1);
        reconfig_data_format_srca(cb_s);
        copy_tile_to_dst_init_short(cb_s);
        copy_tile(cb_s, 0, 2);
        mul_binary_tile_init();
        mul_binary_tile(1, 2, 1);
        add_binary_tile_init();
        add_binary_tile(0, 1, 0);
        copy_tile(cb_column_index, 0, 1);
        binop_with_scalar_tile_init();
        add_unary_tile(1, float_bits(static_cast<float>(bx * 32)));
        mul_unary_tile(1, float_bits(0.01f));
        sub_binary_tile_init();
        sub_binary_tile(0, 1, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, cb_y);
        tile_regs_release();
        cb_push_back(cb_y, 1);
        cb_pop_front(cb_x, 1);
        cb_pop_front(cb_c, 1);
        cb_pop_front(cb_r, 1);
        cb_pop_front(cb_scalar_2, 1);
        cb_pop_front(cb_s, 1);
    }
}
