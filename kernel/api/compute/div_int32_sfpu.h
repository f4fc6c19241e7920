// Quotients of int32 tiles as fp32.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// a / b as a floating-point number.
ALWI void div_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_DIV_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void div_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
