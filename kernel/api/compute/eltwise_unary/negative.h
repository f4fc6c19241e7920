// Negation.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// -x.
ALWI void negative_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_NEG, idst, TSR_FACES_RC, 0, 0, 0);
}

/// -x for int32.
ALWI void negative_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_NEG_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void negative_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
