// Bitwise complement of 32-bit integers.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// ~x.
ALWI void bitwise_not_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_NOT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void bitwise_not_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// The form with a parameter, which is not used.
ALWI void bitwise_not_tile(uint32_t idst, uint32_t) {
    bitwise_not_tile(idst);
}

}  // namespace ckernel
