// Quantization of fp32 tiles to int32 in -127..127 and back; idst1 holds the scales, the zero point is fp32 bits.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// round(a scale + zero_point), ties away from zero.
ALWI void quant_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_QUANT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void quant_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_QUANT, idst0, idst1, idst0, TSR_FACES_RC);
}

/// Sets the zero point.
ALWI void quant_tile_init(const uint32_t zero_point) {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
    tsr_sfpu_set_zero_point(zero_point);
}

/// The same for an int32 tile a.
ALWI void requant_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_REQUANT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void requant_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_REQUANT, idst0, idst1, idst0, TSR_FACES_RC);
}

/// Sets the zero point.
ALWI void requant_tile_init(const uint32_t zero_point) {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
    tsr_sfpu_set_zero_point(zero_point);
}

/// (a + zero_point) scale for an int32 tile a.
ALWI void dequant_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_DEQUANT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void dequant_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_DEQUANT, idst0, idst1, idst0, TSR_FACES_RC);
}

/// Sets the zero point.
ALWI void dequant_tile_init(const uint32_t zero_point) {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
    tsr_sfpu_set_zero_point(zero_point);
}

}  // namespace ckernel
