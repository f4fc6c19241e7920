// error: dst-mode-change-in-section
// on: COMPUTE
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_unary/fill.h"

void kernel_main() {
    tile_regs_acquire();
    fill_tile_init();
    fill_tile(0, 1.0f);
    enable_fp32_dest_acc();  // <- here
}
