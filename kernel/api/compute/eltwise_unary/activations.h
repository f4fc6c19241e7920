// Hard sigmoid, softsign, CELU and soft shrink.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// min(max(x/6 + 1/2, 0), 1) for each value of tile idst of DST.
ALWI void hardsigmoid_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_HARDSIGMOID, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x / (1 + |x|).
ALWI void softsign_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SOFTSIGN, idst, TSR_FACES_RC, APPROX ? TSR_SFPU_APPROX : 0, 0, 0);
}

/// x, or alpha (e^(x alpha_recip) - 1) for x < 0; both parameters are fp32 bits.
ALWI void celu_tile(uint32_t idst, uint32_t alpha, uint32_t alpha_recip) {
    tsr_sfpu_unary(TSR_SFPU_CELU, idst, TSR_FACES_RC, alpha, alpha_recip, 0);
}

/// x moved towards zero by param0 (fp32 bits), 0 inside.
ALWI void softshrink_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_SOFTSHRINK, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void hardsigmoid_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void softsign_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void celu_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void softshrink_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
