// The least common multiple of int32 values, not negative; it wraps.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// The least common multiple of int32 values, not negative; it wraps.
ALWI void lcm_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LCM, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void lcm_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void lcm_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_LCM, idst0, idst1, idst0, TSR_FACES_RC);
}

}  // namespace ckernel
