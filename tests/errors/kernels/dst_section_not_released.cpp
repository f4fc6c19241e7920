// error: dst-section-not-released
// on: COMPUTE
#include "api/compute/common.h"

void kernel_main() {
    for (int round = 0; round < 3; ++round) {
        tile_regs_acquire();  // <- here
        tile_regs_commit();
    }
}
