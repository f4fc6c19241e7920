// error: special-value-flags
// on: COMPUTE
#include "api/compute/compute_kernel_api.h"

void kernel_main() {
    if (get_compute_special_value_flags() != 0) {  // <- here
        tile_regs_acquire();
    }
}
