// error: matmul-block-mismatch
// on: COMPUTE
// code: 71
// shows: matmul_block takes rows of in0 that are 1 tiles apart (kt_dim), and the init was given 2
#include "api/compute/matmul.h"
#include "api/compute/reg_api.h"

void kernel_main() {
    cb_reserve_back(0, 2);
    cb_push_back(0, 2);
    cb_wait_front(0, 2);
    mm_block_init(0, 0, 16, false, 1, 2, 2);
    tile_regs_acquire();
    matmul_block(0, 0, 0, 0, 0, false, 1, 2, 1);  // <- here
    tile_regs_commit();
    tile_regs_wait();
    tile_regs_release();
    cb_pop_front(0, 2);
}
