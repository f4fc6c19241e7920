// error: source-registers-full
// on: COMPUTE
#include "api/compute/tilize.h"

void kernel_main() {
    tilizeA_B_reduce_init(0, 16, 65);
    unpack_tilizeA_B_block(0, 16, 65, 0);  // <- here
}
