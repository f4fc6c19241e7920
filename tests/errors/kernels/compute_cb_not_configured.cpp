// error: cb-not-configured
// on: COMPUTE
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    tile_regs_acquire();
    copy_tile(9, 0, 0);  // <- here
}
