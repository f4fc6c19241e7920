// The error function and its complement.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// erf(x). Both modes compute the accurate function.
template <bool fast_and_approx = true>
ALWI void erf_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ERF, idst, TSR_FACES_RC, 0, 0, 0);
}

template <bool fast_and_approx = true>
ALWI void erf_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// erfc(x). Both modes compute the accurate function.
template <bool fast_and_approx = true>
ALWI void erfc_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ERFC, idst, TSR_FACES_RC, 0, 0, 0);
}

template <bool fast_and_approx = true>
ALWI void erfc_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
