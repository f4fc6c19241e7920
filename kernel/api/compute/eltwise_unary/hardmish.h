// Hard mish.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x min(max(x + 2.8, 0), 5) / 5.
ALWI void hardmish_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_HARDMISH, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void hardmish_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
