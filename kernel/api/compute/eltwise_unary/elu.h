// ELU.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x, or param0 (e^x - 1) for x < 0; param0 is fp32 bits.
ALWI void elu_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_ELU, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void elu_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
