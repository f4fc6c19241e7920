// Bitwise and of 32-bit integers with a scalar.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x & param0.
ALWI void bitwise_and_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_AND_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void bitwise_and_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
