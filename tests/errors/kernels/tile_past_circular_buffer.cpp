// error: tile-past-circular-buffer
// on: COMPUTE
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    copy_tile_init(0);
    tile_regs_acquire();
    copy_tile(0, 2, 0);  // <- here
}
