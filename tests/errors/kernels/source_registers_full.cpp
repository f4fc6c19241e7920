// error: source-registers-full
// on: COMPUTE
#include "api/compute/tilize.h"

void kernel_main() {
    unpack_tilizeA_B_block(0, 16, 65, 0);  // <- here
}
