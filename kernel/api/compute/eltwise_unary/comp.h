// Comparisons with a scalar and with zero. Results are 1.0 and 0.0, or the integers 1 and 0 for integer tiles.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x != param0 (fp32 bits).
ALWI void unary_ne_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_NE_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

/// x != param0 for int32.
ALWI void unary_ne_tile_int32(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_NE_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void unary_ne_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x == param0 (fp32 bits).
ALWI void unary_eq_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_EQ_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

/// x == param0 for int32.
ALWI void unary_eq_tile_int32(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_EQ_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void unary_eq_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x > param0 (fp32 bits).
ALWI void unary_gt_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_GT_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

/// x > param0 for int32.
ALWI void unary_gt_tile_int32(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_GT_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void unary_gt_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x >= param0 (fp32 bits).
ALWI void unary_ge_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_GE_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

/// x >= param0 for int32.
ALWI void unary_ge_tile_int32(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_GE_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void unary_ge_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x < param0 (fp32 bits).
ALWI void unary_lt_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_LT_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

/// x < param0 for int32.
ALWI void unary_lt_tile_int32(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_LT_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void unary_lt_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x <= param0 (fp32 bits).
ALWI void unary_le_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_LE_SCALAR, idst, TSR_FACES_RC, param0, 0, 0);
}

/// x <= param0 for int32.
ALWI void unary_le_tile_int32(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_LE_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void unary_le_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x != 0.
ALWI void nez_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_NEZ, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x != 0 for int32.
ALWI void nez_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_NE_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x != 0 for uint16.
ALWI void nez_tile_uint16(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_NE_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x != 0 for uint32.
ALWI void nez_tile_uint32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_NE_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void nez_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x == 0.
ALWI void eqz_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EQZ, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x == 0 for int32.
ALWI void eqz_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EQ_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x == 0 for uint16.
ALWI void eqz_tile_uint16(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EQ_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x == 0 for uint32.
ALWI void eqz_tile_uint32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_EQ_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void eqz_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x > 0.
ALWI void gtz_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_GTZ, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x > 0 for int32.
ALWI void gtz_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_GT_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void gtz_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x >= 0.
ALWI void gez_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_GEZ, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x >= 0 for int32.
ALWI void gez_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_GE_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void gez_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x < 0.
ALWI void ltz_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_LTZ, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x < 0 for int32.
ALWI void ltz_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_LT_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void ltz_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// x <= 0.
ALWI void lez_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_LEZ, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x <= 0 for int32.
ALWI void lez_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_LE_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void lez_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
