// error: dst-index-out-of-range
// on: COMPUTE
#include "api/compute/eltwise_unary/eltwise_unary.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    unary_op_init_common(0, 16);
    tile_regs_acquire();
    copy_tile(0, 0, 8);  // <- here
    tile_regs_commit();
    tile_regs_wait();
    tile_regs_release();
}
