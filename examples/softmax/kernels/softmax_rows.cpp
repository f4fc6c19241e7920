#include "api/compute/bcast.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/reduce.h"
#include "api/compute/tile_move_copy.h"

constexpr auto in = tt::CBIndex::c_0;
constexpr auto scaler = tt::CBIndex::c_1;
constexpr auto maximum = tt::CBIndex::c_2;
constexpr auto exponentials = tt::CBIndex::c_3;
constexpr auto inverse_sum = tt::CBIndex::c_4;
constexpr auto out = tt::CBIndex::c_16;

ALWI void pack_and_push(uint32_t cb) {
    tile_regs_commit();
    cb_reserve_back(cb, 1);
    tile_regs_wait();
    pack_tile(0, cb);
    tile_regs_release();
    cb_push_back(cb, 1);
}

void kernel_main() {
    constexpr uint32_t width = get_compile_time_arg_val(0);
    constexpr uint32_t rows = get_compile_time_arg_val(1);

    binary_op_init_common(in, scaler, out);
    cb_wait_front(scaler, 1);
    for (uint32_t row = 0; row < rows; ++row) {
        cb_wait_front(in, width);
        reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(in, scaler, maximum);
        tile_regs_acquire();
        for (uint32_t tile = 0; tile < width; ++tile) {
            reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW>(in, scaler, tile, 0, 0);
        }
        pack_and_push(maximum);
        reduce_uninit();

        cb_wait_front(maximum, 1);
        sub_bcast_cols_init_short(in, maximum);
        exp_tile_init();
        for (uint32_t tile = 0; tile < width; ++tile) {
            tile_regs_acquire();
            sub_tiles_bcast_cols(in, maximum, tile, 0, 0);
            exp_tile(0);
            pack_and_push(exponentials);
        }
        cb_pop_front(maximum, 1);
        cb_pop_front(in, width);

        cb_wait_front(exponentials, width);
        reduce_init<PoolType::SUM, ReduceDim::REDUCE_ROW>(exponentials, scaler, inverse_sum);
        tile_regs_acquire();
        for (uint32_t tile = 0; tile < width; ++tile) {
            reduce_tile<PoolType::SUM, ReduceDim::REDUCE_ROW>(exponentials, scaler, tile, 0, 0);
        }
        recip_tile_init();
        recip_tile(0);
        pack_and_push(inverse_sum);
        reduce_uninit();

        cb_wait_front(inverse_sum, 1);
        mul_bcast_cols_init_short(exponentials, inverse_sum);
        for (uint32_t tile = 0; tile < width; ++tile) {
            tile_regs_acquire();
            mul_tiles_bcast_cols(exponentials, inverse_sum, tile, 0, 0);
            pack_and_push(out);
        }
        cb_pop_front(inverse_sum, 1);
        cb_pop_front(exponentials, width);
    }
}
