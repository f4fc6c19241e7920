// The reciprocal of the square root.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// 1 / sqrt(x).
template <bool legacy_compat = false, bool FAST_APPROX = false>
ALWI void rsqrt_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_RSQRT, idst, TSR_FACES_RC, 0, 0, 0);
}

template <bool legacy_compat = false>
ALWI void rsqrt_tile_init() {}

}  // namespace ckernel
