// Reciprocals.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// 1 / x. legacy_compat: by the first generation's algorithm; it and math_approx_mode matter to the exact arithmetic.
template <bool legacy_compat = true>
ALWI void recip_tile(uint32_t idst, int vector_mode = static_cast<int>(VectorMode::RC)) {
    constexpr uint32_t flags = (APPROX ? TSR_SFPU_APPROX : 0) | (legacy_compat ? TSR_SFPU_LEGACY : 0);
    tsr_sfpu_unary(TSR_SFPU_RECIP, idst, static_cast<uint32_t>(vector_mode), flags, 0, 0);
}

template <bool legacy_compat = true>
ALWI void recip_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_RECIP);
}

}  // namespace ckernel
