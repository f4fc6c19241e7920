#include "api/compute/bcast.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/rsqrt.h"
#include "api/compute/reduce.h"
#include "api/compute/tile_move_copy.h"

constexpr auto in = tt::CBIndex::c_0;
constexpr auto scaler = tt::CBIndex::c_1;
constexpr auto gamma = tt::CBIndex::c_3;
constexpr auto beta = tt::CBIndex::c_4;
constexpr auto mean = tt::CBIndex::c_5;
constexpr auto centred = tt::CBIndex::c_6;
constexpr auto scratch = tt::CBIndex::c_7;
constexpr auto inverse_deviation = tt::CBIndex::c_8;
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
    constexpr uint32_t epsilon = get_compile_time_arg_val(1);

    binary_op_init_common(in, scaler, out);
    cb_wait_front(scaler, 1);
    cb_wait_front(in, width);
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_ROW>(in, scaler, mean);
    tile_regs_acquire();
    for (uint32_t tile = 0; tile < width; ++tile) {
        reduce_tile<PoolType::SUM, ReduceDim::REDUCE_ROW>(in, scaler, tile, 0, 0);
    }
    pack_and_push(mean);
    reduce_uninit();

    cb_wait_front(mean, 1);
    sub_bcast_cols_init_short(in, mean);
    for (uint32_t tile = 0; tile < width; ++tile) {
        tile_regs_acquire();
        sub_tiles_bcast_cols(in, mean, tile, 0, 0);
        pack_and_push(centred);
    }
    cb_pop_front(in, width);
    cb_pop_front(mean, 1);

    cb_wait_front(centred, width);
    mul_tiles_init(centred, centred);
    for (uint32_t tile = 0; tile < width; ++tile) {
        tile_regs_acquire();
        mul_tiles(centred, centred, tile, tile, 0);
        pack_and_push(scratch);
    }
    cb_wait_front(scratch, width);
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_ROW>(scratch, scaler, inverse_deviation);
    tile_regs_acquire();
    for (uint32_t tile = 0; tile < width; ++tile) {
        reduce_tile<PoolType::SUM, ReduceDim::REDUCE_ROW>(scratch, scaler, tile, 0, 0);
    }
    binop_with_scalar_tile_init();
    add_unary_tile(0, epsilon);
    rsqrt_tile_init();
    rsqrt_tile(0);
    pack_and_push(inverse_deviation);
    reduce_uninit();
    cb_pop_front(scratch, width);

    cb_wait_front(inverse_deviation, 1);
    mul_bcast_cols_init_short(centred, inverse_deviation);
    for (uint32_t tile = 0; tile < width; ++tile) {
        tile_regs_acquire();
        mul_tiles_bcast_cols(centred, inverse_deviation, tile, 0, 0);
        pack_and_push(scratch);
    }
    cb_pop_front(centred, width);

    cb_wait_front(gamma, width);
    cb_wait_front(scratch, width);
    mul_bcast_rows_init_short(scratch, gamma);
    for (uint32_t tile = 0; tile < width; ++tile) {
        tile_regs_acquire();
        mul_tiles_bcast_rows(scratch, gamma, tile, tile, 0);
        pack_and_push(centred);
    }
    cb_pop_front(scratch, width);

    cb_wait_front(beta, width);
    cb_wait_front(centred, width);
    add_bcast_rows_init_short(centred, beta);
    for (uint32_t tile = 0; tile < width; ++tile) {
        tile_regs_acquire();
        add_tiles_bcast_rows(centred, beta, tile, tile, 0);
        pack_and_push(out);
    }
    cb_pop_front(centred, width);
}
