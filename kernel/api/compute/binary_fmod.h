// Remainders with the sign of the dividend.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// a - b trunc(a/b) for int32; a where b is 0.
ALWI void fmod_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_FMOD_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void fmod_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a - b trunc(a/b).
ALWI void fmod_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_FMOD, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void fmod_binary_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
