// The angle of a point.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// The angle of the point (b, a) in -pi..pi.
ALWI void atan2_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_ATAN2, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void atan2_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
