// The square root.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// sqrt(x).
template <bool FAST_APPROX = false, bool = false>
ALWI void sqrt_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SQRT, idst, TSR_FACES_RC, 0, 0, 0);
}

template <bool legacy_compat = true>
ALWI void sqrt_tile_init() {}

}  // namespace ckernel
