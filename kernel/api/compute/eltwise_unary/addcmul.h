// Ternary multiply-add of tiles.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// odst = idst0 + value idst1 idst2; value is fp32 bits.
template <DataFormat data_format>
ALWI void addcmul_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst, uint32_t value) {
    tsr_sfpu_ternary(TSR_SFPU_ADDCMUL, idst0, idst1, idst2, odst, value);
}

ALWI void addcmul_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
