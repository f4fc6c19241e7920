// The inverse error function.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// erfinv(x); NaN outside [-1, 1].
ALWI void erfinv_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ERFINV, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void erfinv_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_ERFINV);
}

}  // namespace ckernel
