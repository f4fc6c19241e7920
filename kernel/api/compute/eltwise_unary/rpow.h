// A scalar to the power of a tile.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// base_val^x; base_val is fp32 bits.
ALWI void rpow_tile(uint32_t idst, uint32_t base_val, int vector_mode = static_cast<int>(VectorMode::RC)) {
    tsr_sfpu_unary(TSR_SFPU_RPOW, idst, static_cast<uint32_t>(vector_mode), base_val, 0, 0);
}

ALWI void rpow_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
