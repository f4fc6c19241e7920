// Filling a tile with a constant.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Every value becomes param0.
ALWI void fill_tile(uint32_t idst, float param0) {
    tsr_sfpu_unary(TSR_SFPU_FILL, idst, TSR_FACES_RC, __builtin_bit_cast(uint32_t, param0), 0, 0);
}

/// Every value becomes the integer param0.
ALWI void fill_tile_int(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_FILL_BITS, idst, TSR_FACES_RC, param0, 0, 0);
}

/// Every value becomes the integer param0, which has the type that data_format names.
template <DataFormat data_format>
ALWI void fill_tile_int(uint32_t idst, uint32_t param0) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "fill_tile_int: data_format must be Int32, UInt32 or UInt16");
    tsr_sfpu_unary(TSR_SFPU_FILL_BITS, idst, TSR_FACES_RC,
                   data_format == DataFormat::UInt16 ? param0 & 0xFFFFu : param0, 0, 0);
}

/// Every value becomes the fp32 value whose bits are param0.
ALWI void fill_tile_bitcast(uint32_t idst, uint32_t param0) {
    tsr_sfpu_unary(TSR_SFPU_FILL, idst, TSR_FACES_RC, param0, 0, 0);
}

ALWI void fill_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
