// Subtraction from a scalar.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// scalar - x; fp32 bits.
ALWI void rsub_tile(uint32_t idst, uint32_t scalar) {
    tsr_sfpu_unary(TSR_SFPU_RSUB_SCALAR, idst, TSR_FACES_RC, scalar, 0, 0);
}

/// scalar - x for int32.
ALWI void rsub_unary_int32_tile(uint32_t idst, uint32_t scalar) {
    tsr_sfpu_unary(TSR_SFPU_RSUB_SCALAR_INT, idst, TSR_FACES_RC, scalar, 0, 0);
}

ALWI void rsub_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void rsub_unary_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
