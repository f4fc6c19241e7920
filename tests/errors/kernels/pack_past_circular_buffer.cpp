// error: pack-past-circular-buffer
// on: COMPUTE
#include "api/compute/eltwise_unary/eltwise_unary.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/pack.h"

void kernel_main() {
    unary_op_init_common(0, 16);
    cb_reserve_back(16, 2);
    tile_regs_acquire();
    fill_tile_init();
    fill_tile(0, 1.0f);
    tile_regs_commit();
    tile_regs_wait();
    for (int page = 0; page < 3; ++page) {
        pack_tile(0, 16);  // <- here
    }
    tile_regs_release();
}
