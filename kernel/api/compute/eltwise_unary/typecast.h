// Conversions between number formats.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Converts tile idst from IN_DTYPE to OUT_DTYPE (DataFormat numbers). Floats become int32 and uint32 towards zero,
/// uint16 to nearest; numbers that do not fit are clamped. Integers become bf16 to nearest.
template <uint32_t IN_DTYPE, uint32_t OUT_DTYPE>
ALWI void typecast_tile(uint32_t idst) {
    tessera::typecast<static_cast<DataFormat>(IN_DTYPE), static_cast<DataFormat>(OUT_DTYPE)>(idst);
}

template <uint32_t IN_DTYPE, uint32_t OUT_DTYPE>
ALWI void typecast_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void typecast_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
