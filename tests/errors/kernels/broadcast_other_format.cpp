// error: missing-reconfig
// on: COMPUTE
// code: 71
// shows: SrcB takes tiles of circular buffer c_1, whose format is Bfp8_b, and is set up for Float16_b (c_0)
#include "api/compute/bcast.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reg_api.h"

void kernel_main() {
    cb_reserve_back(1, 2);
    cb_push_back(1, 2);
    cb_wait_front(1, 2);
    unary_bcast_init<BroadcastType::ROW>(0, 16);
    reconfig_data_format_srca(1);
    tile_regs_acquire();
    unary_bcast<BroadcastType::ROW>(1, 0, 0);  // <- here
    tile_regs_commit();
    tile_regs_wait();
    tile_regs_release();
    cb_pop_front(1, 2);
}
