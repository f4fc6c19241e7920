// error: dst-not-acquired
// on: COMPUTE
// code: 71
// shows: the vector unit works on DST, and no section is acquired
#include "api/compute/eltwise_unary/eltwise_unary.h"
#include "sfpi.h"

void kernel_main() {
    unary_op_init_common(0, 16);
    sfpi::dst_reg[0] = 1.0f;  // <- here
    tile_regs_acquire();
    sfpi::dst_reg[0] = 1.0f;
    tile_regs_commit();
    tile_regs_wait();
    tile_regs_release();
}
