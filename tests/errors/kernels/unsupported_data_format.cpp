// error: unsupported-data-format
// on: COMPUTE
#include "api/compute/tilize.h"

void kernel_main() {
    tilize_init(1, 1, 16);
    tile_regs_acquire();
    tilize_block(1, 1, 16);  // <- here
}
