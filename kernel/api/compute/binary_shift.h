// Shifts of one integer tile by another; shifts outside 0..31 give 0.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// a << b.
template <DataFormat data_format>
ALWI void binary_left_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_LEFT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

/// a << b.
ALWI void binary_left_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_LEFT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_left_shift_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_LEFT_BY, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a << b.
ALWI void binary_left_shift_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_LEFT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

/// a << b.
template <bool sign_magnitude_format = false>
ALWI void binary_left_shift_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_LEFT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

/// a >> b, arithmetic.
template <DataFormat data_format>
ALWI void binary_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_RIGHT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

/// a >> b, arithmetic.
ALWI void binary_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_RIGHT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_right_shift_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_RIGHT_BY, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a >> b, arithmetic.
ALWI void binary_right_shift_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_RIGHT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

/// a >> b, arithmetic.
template <bool sign_magnitude_format = false>
ALWI void binary_right_shift_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_SHIFT_RIGHT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

/// a >> b, filling with zeros.
template <DataFormat data_format>
ALWI void binary_logical_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LOGICAL_SHIFT_RIGHT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

/// a >> b, filling with zeros.
ALWI void binary_logical_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LOGICAL_SHIFT_RIGHT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_logical_right_shift_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_LOGICAL_SHIFT_RIGHT_BY, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a >> b, filling with zeros.
ALWI void binary_logical_right_shift_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LOGICAL_SHIFT_RIGHT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

/// a >> b, filling with zeros.
template <bool sign_magnitude_format = false>
ALWI void binary_logical_right_shift_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_LOGICAL_SHIFT_RIGHT_BY, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_shift_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
