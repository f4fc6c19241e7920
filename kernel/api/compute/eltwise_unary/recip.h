// Reciprocals.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// 1 / x.
template <bool legacy_compat = true>
ALWI void recip_tile(uint32_t idst, int vector_mode = static_cast<int>(VectorMode::RC)) {
    tsr_sfpu_unary(TSR_SFPU_RECIP, idst, static_cast<uint32_t>(vector_mode), 0, 0, 0);
}

template <bool legacy_compat = true>
ALWI void recip_tile_init() {}

}  // namespace ckernel
