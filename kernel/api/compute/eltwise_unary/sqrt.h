// The square root.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// sqrt(x). FAST_APPROX: negative inputs give no NaN. It and math_approx_mode matter to the exact arithmetic.
template <bool FAST_APPROX = false, bool = false>
ALWI void sqrt_tile(uint32_t idst) {
    constexpr uint32_t flags = (APPROX ? TSR_SFPU_APPROX : 0) | (FAST_APPROX ? TSR_SFPU_UNCHECKED : 0);
    tsr_sfpu_unary(TSR_SFPU_SQRT, idst, TSR_FACES_RC, flags, 0, 0);
}

template <bool legacy_compat = true>
ALWI void sqrt_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_SQRT);
}

}  // namespace ckernel
