// error: topk-k-too-small
// on: COMPUTE
#include "api/compute/compute_kernel_api.h"

void kernel_main() {
    tile_regs_acquire();
    topk_merge(0, 0, 2);  // <- here
}
