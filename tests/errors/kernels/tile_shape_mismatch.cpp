// error: tile-shape-mismatch
// on: COMPUTE
#include "api/compute/matmul.h"

void kernel_main() {
    mm_init(2, 0, 16);
    tile_regs_acquire();
    matmul_tiles(2, 0, 0, 0, 0);  // <- here
}
