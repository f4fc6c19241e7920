// error: unsupported-operation
// on: COMPUTE
#include "api/compute/matmul.h"

void kernel_main() {
    tile_regs_acquire();
    matmul_tiles_math(0);  // <- here
}
