// xIELU.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// alpha_p x^2 + x/2, or alpha_n (e^x - 1 - x) + x/2 for x <= 0; fp32 bits.
ALWI void xielu_tile(uint32_t idst, uint32_t alpha_p, uint32_t alpha_n) {
    tsr_sfpu_unary(TSR_SFPU_XIELU, idst, TSR_FACES_RC, alpha_p, alpha_n, 0);
}

ALWI void xielu_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
