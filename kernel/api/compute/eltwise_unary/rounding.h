// Rounding to integers and to decimal places.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// The largest integer not above x.
ALWI void floor_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_FLOOR, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The same, for 32-bit DST.
ALWI void floor_tile_float32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_FLOOR, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The smallest integer not below x.
ALWI void ceil_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_CEIL, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The same, for 32-bit DST.
ALWI void ceil_tile_float32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_CEIL, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x without its fraction.
ALWI void trunc_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_TRUNC, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The same, for 32-bit DST.
ALWI void trunc_tile_float32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_TRUNC, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x - trunc(x).
ALWI void frac_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_FRAC, idst, TSR_FACES_RC, 0, 0, 0);
}

/// The same, for 32-bit DST.
ALWI void frac_tile_float32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_FRAC, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x rounded to `decimals` places after the point (before it, if negative), ties to even.
ALWI void round_tile(uint32_t idst, int32_t decimals) {
    tsr_sfpu_round(idst, decimals);
}

/// x rounded to bf16 up or down, the chance of each in proportion to how near it is.
ALWI void stochastic_round_tile(uint32_t idst) {
    tsr_sfpu_stochastic_round(idst);
}

ALWI void rounding_op_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void floor_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void ceil_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
