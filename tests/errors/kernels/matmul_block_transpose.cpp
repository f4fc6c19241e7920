// warning: matmul-block-mismatch
// on: COMPUTE
// shows: matmul_block asks for in1 to be transposed, and the init was told not to
#include "api/compute/matmul.h"
#include "api/compute/reg_api.h"

void kernel_main() {
    cb_reserve_back(0, 2);
    cb_push_back(0, 2);
    cb_wait_front(0, 2);
    mm_block_init(0, 0, 16, false, 1, 2, 1);
    tile_regs_acquire();
    matmul_block(0, 0, 0, 0, 0, true, 1, 2, 1);  // <- here
    tile_regs_commit();
    tile_regs_wait();
    tile_regs_release();
    cb_pop_front(0, 2);
}
