// ReLU and its relatives. Parameters are fp32 bits, integers for int32 tiles.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// max(min(x, param0), 0).
ALWI void relu_max_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_RELU_MAX, idst, TSR_FACES_RC, param0, 0, 0);
}

/// The same for int32.
ALWI void relu_max_tile_int32(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_RELU_MAX_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

/// max(x, param0).
ALWI void relu_min_tile(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_RELU_MIN, idst, TSR_FACES_RC, param0, 0, 0);
}

/// The same for int32.
ALWI void relu_min_tile_int32(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_MAX_SCALAR_INT, idst, TSR_FACES_RC, param0, 0, 0);
}

/// max(x, 0).
ALWI void relu_tile(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_RELU_MIN, idst, TSR_FACES_RC, 0, 0, 0);
}

/// max(x, 0) for int32.
ALWI void relu_tile_int32(uint32_t idst) {
    tsr_sfpu_unary(TSR_SFPU_MAX_SCALAR_INT, idst, TSR_FACES_RC, 0, 0, 0);
}

/// x, or slope x for x < 0.
ALWI void leaky_relu_tile(uint32_t idst, uint32_t slope = 0) {
    tsr_sfpu_unary(TSR_SFPU_LEAKY_RELU, idst, TSR_FACES_RC, slope, 0, 0);
}

ALWI void relu_max_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void relu_min_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void relu_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void leaky_relu_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
