// error: dst-release-without-commit
// on: COMPUTE
#include "api/compute/common.h"

void kernel_main() {
    tile_regs_acquire();
    tile_regs_release();  // <- here
}
