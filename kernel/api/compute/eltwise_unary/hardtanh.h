// Hard tanh.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// min(max(x, param0), param1); fp32 bits.
ALWI void hardtanh_tile(uint32_t idst, uint32_t param0, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_CLAMP, idst, TSR_FACES_RC, param0, param1, 0);
}

ALWI void hardtanh_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
