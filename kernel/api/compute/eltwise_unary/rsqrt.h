// The reciprocal of the square root.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// 1 / sqrt(x). legacy_compat: by the first generation's algorithm; FAST_APPROX: negative inputs give no NaN. They and
/// math_approx_mode matter to the exact arithmetic.
template <bool legacy_compat = false, bool FAST_APPROX = false>
ALWI void rsqrt_tile(uint32_t idst) {
    constexpr uint32_t flags =
        (APPROX ? TSR_SFPU_APPROX : 0) | (FAST_APPROX ? TSR_SFPU_UNCHECKED : 0) | (legacy_compat ? TSR_SFPU_LEGACY : 0);
    tsr_sfpu_unary(TSR_SFPU_RSQRT, idst, TSR_FACES_RC, flags, 0, 0);
}

template <bool legacy_compat = false>
ALWI void rsqrt_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_RSQRT);
}

}  // namespace ckernel
