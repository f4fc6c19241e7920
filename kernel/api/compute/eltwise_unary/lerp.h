// Linear interpolation.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// odst = idst0 + idst2 (idst1 - idst0).
template <DataFormat data_format>
ALWI void lerp_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst) {
    tsr_sfpu_ternary(TSR_SFPU_LERP, idst0, idst1, idst2, odst, 0);
}

ALWI void lerp_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
