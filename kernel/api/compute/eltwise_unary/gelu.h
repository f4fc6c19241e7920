// The Gaussian error linear unit.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x Phi(x). Both modes compute the accurate function, where the chip's are approximations of it.
template <bool fast_and_approx = true>
ALWI void gelu_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_GELU, idst, TSR_FACES_RC, 0, 0, 0);
}

template <bool fast_and_approx = true>
ALWI void gelu_tile_init() {}

}  // namespace ckernel
