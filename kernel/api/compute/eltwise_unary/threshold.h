// Threshold.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x where x > param0, else param1; fp32 bits.
ALWI void threshold_tile(uint32_t idst, uint32_t param0, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_THRESHOLD, idst, TSR_FACES_RC, param0, param1, 0);
}

ALWI void threshold_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
