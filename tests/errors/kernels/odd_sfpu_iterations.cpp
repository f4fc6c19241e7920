// error: odd-sfpu-iterations
// on: COMPUTE
#include "api/compute/compute_kernel_api.h"

void kernel_main() {
    tile_regs_acquire();
    tsr_sfpu_unary(TSR_SFPU_ABS, 0, TSR_FACES_RC | 3 << 8, 0, 0, 0);  // <- here
}
