// error: dst-index-out-of-range
// on: COMPUTE
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    copy_tile_init(0);
    tile_regs_acquire();
    copy_tile(0, 0, 8);  // <- here
    tile_regs_commit();
    tile_regs_wait();
    tile_regs_release();
}
