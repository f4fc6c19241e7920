// Trigonometric and hyperbolic functions and their inverses; angles in radians.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// sin(x), for |x| < 2^30; exact mode: up to 32767 pi, as on the chip.
ALWI void sin_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SIN, idst, TSR_FACES_RC, APPROX ? TSR_SFPU_APPROX : 0, 0, 0);
}

ALWI void sin_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// cos(x), for |x| < 2^30; exact mode: up to 32767 pi, as on the chip.
ALWI void cos_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_COS, idst, TSR_FACES_RC, APPROX ? TSR_SFPU_APPROX : 0, 0, 0);
}

ALWI void cos_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// tan(x), for |x| < 2^30; exact mode: up to 32767 pi, as on the chip.
ALWI void tan_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_TAN, idst, TSR_FACES_RC, APPROX ? TSR_SFPU_APPROX : 0, 0, 0);
}

ALWI void tan_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// asin(x); NaN outside [-1, 1].
ALWI void asin_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ASIN, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void asin_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// acos(x); NaN outside [-1, 1].
ALWI void acos_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ACOS, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void acos_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// atan(x).
ALWI void atan_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ATAN, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void atan_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// sinh(x).
ALWI void sinh_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_SINH, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void sinh_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// cosh(x).
ALWI void cosh_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_COSH, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void cosh_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// asinh(x).
ALWI void asinh_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ASINH, idst, TSR_FACES_RC, APPROX ? TSR_SFPU_APPROX : 0, 0, 0);
}

ALWI void asinh_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// acosh(x); NaN below 1.
ALWI void acosh_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ACOSH, idst, TSR_FACES_RC, APPROX ? TSR_SFPU_APPROX : 0, 0, 0);
}

ALWI void acosh_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// atanh(x); NaN outside [-1, 1].
ALWI void atanh_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_ATANH, idst, TSR_FACES_RC, APPROX ? TSR_SFPU_APPROX : 0, 0, 0);
}

ALWI void atanh_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
