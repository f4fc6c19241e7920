// The modified Bessel function of the first kind, order 0.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// I0(x), on all of the range where it is finite.
ALWI void i0_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_I0, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void i0_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
