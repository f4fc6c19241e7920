// Logical not.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// 1 where x is zero, else 0, in the type that data_format names.
template <DataFormat data_format>
ALWI void logical_not_tile(uint32_t idst) {
    constexpr bool integer =
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16;
    tsr_sfpu_unary(integer ? TSR_SFPU_EQ_SCALAR_INT : TSR_SFPU_EQZ, idst, TSR_FACES_RC, 0, 0, 0);
}

ALWI void logical_not_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
