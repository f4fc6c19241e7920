// error: cb-not-configured
// on: COMPUTE
#include "api/compute/eltwise_unary/eltwise_unary.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    unary_op_init_common(0, 16);
    tile_regs_acquire();
    copy_tile(9, 0, 0);  // <- here
}
