#include "api/compute/common.h"
#include "api/debug/dprint.h"

void kernel_main() {
    DPRINT_UNPACK(DPRINT << "Hello from UNPACK, which brings tiles to the registers" << ENDL());
    DPRINT_MATH(DPRINT << "Hello from MATH, which computes" << ENDL());
    DPRINT_PACK(DPRINT << "Hello from PACK, which takes tiles back to L1" << ENDL());
}
