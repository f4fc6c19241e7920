// Scaled ELU.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// param0 x, or param0 param1 (e^x - 1) for x < 0; param0 the scale and param1 alpha, as fp32 bits.
ALWI void selu_tile(uint32_t idst, uint32_t param0, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_SELU, idst, TSR_FACES_RC, param0, param1, 0);
}

ALWI void selu_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
