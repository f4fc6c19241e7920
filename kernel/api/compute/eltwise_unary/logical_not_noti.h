// Logical not, under the names it had before logical_not_tile.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// 1.0 where x is zero, else 0.0.
ALWI void logical_not_unary_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EQZ, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The same for int32.
ALWI void logical_not_unary_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EQ_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The same for uint32.
ALWI void logical_not_unary_tile_uint32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EQ_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The same for uint16.
ALWI void logical_not_unary_tile_uint16(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EQ_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void logical_not_unary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
