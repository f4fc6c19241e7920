// The remainder of a division by a scalar.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x - s floor(x/s), with the sign of s. param0: s as fp32 bits; param1: 1/s likewise.
ALWI void remainder_tile(uint32_t idst, uint32_t param0, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_REMAINDER_SCALAR, idst, TSR_FACES_RC, param0, param1, 0);
}

ALWI void remainder_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void remainder_tile_init(uint32_t, uint32_t) {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
