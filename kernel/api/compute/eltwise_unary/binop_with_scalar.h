// A tile and a scalar; scalars are fp32 bits, integers where the name says so.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// x + s.
ALWI void add_unary_tile(uint32_t idst, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_ADD_SCALAR, idst, TSR_FACES_RC, param1, 0, 0);
}

/// x - s.
ALWI void sub_unary_tile(uint32_t idst, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_SUB_SCALAR, idst, TSR_FACES_RC, param1, 0, 0);
}

/// x s.
ALWI void mul_unary_tile(uint32_t idst, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_MUL_SCALAR, idst, TSR_FACES_RC, param1, 0, 0);
}

/// x / s: param1 is the reciprocal of s, as on the chip.
ALWI void div_unary_tile(uint32_t idst, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_MUL_SCALAR, idst, TSR_FACES_RC, param1, 0, 0);
}

/// s - x.
ALWI void rsub_unary_tile(uint32_t idst, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_RSUB_SCALAR, idst, TSR_FACES_RC, param1, 0, 0);
}

/// x + s for int32.
ALWI void add_unary_tile_int32(uint32_t idst, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_ADD_SCALAR_INT, idst, TSR_FACES_RC, param1, 0, 0);
}

/// x - s for int32.
ALWI void sub_unary_tile_int32(uint32_t idst, uint32_t param1) {
    tsr_sfpu_unary(TSR_SFPU_SUB_SCALAR_INT, idst, TSR_FACES_RC, param1, 0, 0);
}

ALWI void binop_with_scalar_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
