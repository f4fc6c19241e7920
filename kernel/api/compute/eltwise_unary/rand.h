// Random tiles.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Uniform random values in [from, from + scale); both are fp32 bits.
ALWI void rand_tile(uint32_t idst, uint32_t from, uint32_t scale) {
    tsr_sfpu_rand(idst, from, scale);
}

/// Starts the random generator from seed.
ALWI void rand_tile_init(uint32_t seed = 0) {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
    tsr_sfpu_seed(seed);
}

}  // namespace ckernel
