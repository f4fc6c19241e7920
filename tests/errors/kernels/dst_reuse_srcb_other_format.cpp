// error: missing-reconfig
// on: COMPUTE
// code: 71
// shows: SrcA takes tiles of circular buffer c_1, whose format is Bfp8_b, and is set up for Float16_b (c_0)
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/eltwise_unary.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reg_api.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    cb_reserve_back(0, 2);
    cb_push_back(0, 2);
    cb_wait_front(0, 2);
    cb_reserve_back(1, 2);
    cb_push_back(1, 2);
    cb_wait_front(1, 2);
    unary_op_init_common(0, 16);
    tile_regs_acquire();
    copy_tile(0, 0, 0);
    reconfig_data_format_srcb(1);
    binary_dest_reuse_tiles_init<ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(1);
    binary_dest_reuse_tiles<ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(1, 0, 0);  // <- here
    tile_regs_commit();
    tile_regs_wait();
    tile_regs_release();
    cb_pop_front(0, 2);
    cb_pop_front(1, 2);
}
