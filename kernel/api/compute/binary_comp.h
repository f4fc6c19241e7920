// Comparisons of two int32 tiles; results are the integers 1 and 0.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// a < b.
ALWI void lt_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LT_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void lt_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a > b.
ALWI void gt_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_GT_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void gt_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a >= b.
ALWI void ge_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_GE_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void ge_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a <= b.
ALWI void le_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LE_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void le_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
