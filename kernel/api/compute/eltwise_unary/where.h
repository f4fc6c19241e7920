// Choosing between two tiles.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Tile odst = idst1 where idst0 is not zero, else idst2.
template <DataFormat data_format>
ALWI void where_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst) {
    tsr_sfpu_ternary(TSR_SFPU_WHERE, idst0, idst1, idst2, odst, 0);
}

/// where_tile for bf16.
ALWI void where_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst) {
    tsr_sfpu_ternary(TSR_SFPU_WHERE, idst0, idst1, idst2, odst, 0);
}

/// where_tile under an earlier name.
ALWI void where_fp32_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst) {
    tsr_sfpu_ternary(TSR_SFPU_WHERE, idst0, idst1, idst2, odst, 0);
}

/// where_tile under an earlier name.
ALWI void where_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst) {
    tsr_sfpu_ternary(TSR_SFPU_WHERE, idst0, idst1, idst2, odst, 0);
}

/// where_tile under an earlier name.
ALWI void where_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst) {
    tsr_sfpu_ternary(TSR_SFPU_WHERE, idst0, idst1, idst2, odst, 0);
}

ALWI void where_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
