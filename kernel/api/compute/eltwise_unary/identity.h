// Tiles as they are.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x.
ALWI void identity_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_IDENTITY, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x for uint32.
ALWI void identity_tile_uint32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_COPY_BITS, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void identity_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
