// x ln(y).
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// a ln(b), 0 where a is 0; NaN for b < 0.
ALWI void xlogy_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_XLOGY, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void xlogy_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
