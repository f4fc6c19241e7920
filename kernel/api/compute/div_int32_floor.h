// Integer quotients.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// floor(a / b). A division by zero gives all ones.
ALWI void div_int32_floor_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_DIV_INT_FLOOR, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void div_int32_floor_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// trunc(a / b). A division by zero gives all ones.
ALWI void div_int32_trunc_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_DIV_INT_TRUNC, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void div_int32_trunc_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
