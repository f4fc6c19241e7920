// error: odd-sfpu-iterations
// on: COMPUTE
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_unary/fill.h"

void kernel_main() {
    fill_tile_init();
    tile_regs_acquire();
    fill_tile(0, 1.0f);
    tsr_sfpu_unary(TSR_SFPU_ABS, 0, TSR_FACES_RC | 3 << 8, 0, 0, 0);  // <- here
}
