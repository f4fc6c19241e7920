// The logarithm of the gamma function, whole and in the steps that kernels compose it from.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// ln |Gamma(x)|.
ALWI void lgamma_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_LGAMMA, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void lgamma_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// ln Gamma(z), z = 1 - x for x < 0.5, else x.
ALWI void lgamma_stirling_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_LGAMMA_STIRLING, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void lgamma_stirling_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// lgamma_stirling_tile for 32-bit DST: idst0 holds x and idst1 ln z, which is not needed here.
ALWI void lgamma_stirling_float_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LGAMMA_STIRLING_FLOAT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void lgamma_stirling_float_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// Reflects lgamma_stirling_tile's result (idst0) for inputs (idst2) below 0.5; idst1 holds ln |sin(pi x)|.
ALWI void lgamma_adjusted_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst) {
    tsr_sfpu_ternary(TSR_SFPU_LGAMMA_ADJUSTED, idst0, idst1, idst2, odst, 0);
}

ALWI void lgamma_adjusted_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
