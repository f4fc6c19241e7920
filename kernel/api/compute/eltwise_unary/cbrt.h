// Cube root.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// The cube root, with the sign of x.
ALWI void cbrt_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_CBRT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void cbrt_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_CBRT);
}

}  // namespace ckernel
