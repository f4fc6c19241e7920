// Softplus.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// ln(1 + e^(beta x)) / beta where beta x < threshold, else x; all parameters are fp32 bits.
ALWI void softplus_tile(uint32_t idst, uint32_t beta, uint32_t beta_reciprocal, uint32_t threshold) {
    tsr_sfpu_unary(TSR_SFPU_SOFTPLUS, idst, TSR_FACES_RC, beta, beta_reciprocal, threshold);
}

ALWI void softplus_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
