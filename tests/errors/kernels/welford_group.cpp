// error: welford-group-out-of-range
// on: COMPUTE
#include "api/compute/welford.h"

void kernel_main() {
    tile_regs_acquire();
    welford_save_state(0, 16);  // <- here
}
