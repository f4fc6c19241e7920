// Dropout from the vector unit's random generator.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Each value becomes 0 with chance probability / 2^31, else it is multiplied by scale_factor (fp32 bits).
ALWI void dropout_tile(uint32_t idst, uint32_t probability, uint32_t scale_factor) {
    tsr_sfpu_dropout(idst, probability, scale_factor);
}

/// Starts the random generator from seed.
ALWI void dropout_kernel_init(uint32_t seed = 0) {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
    tsr_sfpu_seed(seed);
}

/// The earlier name of dropout_kernel_init.
ALWI void dropout_tile_init(uint32_t seed) {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
    tsr_sfpu_seed(seed);
}

}  // namespace ckernel
