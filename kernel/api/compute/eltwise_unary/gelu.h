// The Gaussian error linear unit.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x Phi(x), by a polynomial or, fast_and_approx, piecewise lines. The fast arithmetic computes the function itself.
template <bool fast_and_approx = true>
ALWI void gelu_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_GELU, idst, TSR_FACES_RC, fast_and_approx ? TSR_SFPU_APPROX : 0, 0, 0);
}

template <bool fast_and_approx = true>
ALWI void gelu_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_GELU);
}

}  // namespace ckernel
