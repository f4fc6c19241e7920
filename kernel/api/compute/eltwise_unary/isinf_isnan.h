// Classes of floating-point values; results are 1.0 and 0.0.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x is an infinity.
ALWI void isinf_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ISINF, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void isinf_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x is plus infinity.
ALWI void isposinf_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ISPOSINF, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void isposinf_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x is minus infinity.
ALWI void isneginf_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ISNEGINF, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void isneginf_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x is NaN.
ALWI void isnan_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ISNAN, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void isnan_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x is neither an infinity nor NaN.
ALWI void isfinite_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ISFINITE, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void isfinite_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
