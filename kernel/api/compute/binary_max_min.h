// Maximum and minimum of two tiles. Floats are ordered by their bits: -NaN < -inf < ... < inf < NaN.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// max(a, b).
ALWI void binary_max_tile(uint32_t idst0, uint32_t idst1, uint32_t odst,
                          int vector_mode = static_cast<int>(VectorMode::RC)) {
    tsr_sfpu_binary(TSR_SFPU_MAX, idst0, idst1, odst, static_cast<uint32_t>(vector_mode));
}

ALWI void binary_max_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_MAX, idst0, idst1, idst0, TSR_FACES_RC);
}

ALWI void binary_max_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// max(a, b) for int32.
ALWI void binary_max_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_MAX_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_max_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// max(a, b) for uint32.
ALWI void binary_max_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_MAX_UINT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_max_uint32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void binary_max_int32_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_MAX_INT, idst0, idst1, idst0, TSR_FACES_RC);
}

/// min(a, b).
ALWI void binary_min_tile(uint32_t idst0, uint32_t idst1, uint32_t odst,
                          int vector_mode = static_cast<int>(VectorMode::RC)) {
    tsr_sfpu_binary(TSR_SFPU_MIN, idst0, idst1, odst, static_cast<uint32_t>(vector_mode));
}

ALWI void binary_min_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_MIN, idst0, idst1, idst0, TSR_FACES_RC);
}

ALWI void binary_min_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// min(a, b) for int32.
ALWI void binary_min_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_MIN_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_min_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// min(a, b) for uint32.
ALWI void binary_min_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_MIN_UINT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_min_uint32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void binary_min_int32_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_MIN_INT, idst0, idst1, idst0, TSR_FACES_RC);
}

}  // namespace ckernel
