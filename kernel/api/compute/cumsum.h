// Running sums.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Running sums down each of the 32 columns; first: from zero, else from the last row of the call before.
ALWI void cumsum_tile(uint32_t idst, bool first = true) {
    tsr_sfpu_cumsum(idst, first);
}

ALWI void cumsum_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
