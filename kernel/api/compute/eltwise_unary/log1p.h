// ln(1 + x).
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// ln(1 + x), accurate for small x.
template <bool fast_and_approx = false>
ALWI void log1p_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_LOG1P, idst, TSR_FACES_RC, fast_and_approx ? TSR_SFPU_UNCHECKED : 0, 0, 0);
}

template <bool fast_and_approx = false>
ALWI void log1p_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_LOG1P);
}

}  // namespace ckernel
