// Masking. The mask is always the tile after the data, whatever idst2_mask says, as on the chip.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// 0 where the mask is 0.
ALWI void mask_tile(uint32_t idst_data, [[maybe_unused]] uint32_t idst2_mask,
                    DataFormat data_format = DataFormat::Float16_b) {
    tsr_sfpu_binary(data_format == DataFormat::Int32 ? TSR_SFPU_MASK_INT : TSR_SFPU_MASK, idst_data, idst_data + 1,
                    idst_data, TSR_FACES_RC);
}

/// Infinity where the mask is 0.
ALWI void mask_posinf_tile(uint32_t idst_data, [[maybe_unused]] uint32_t idst2_mask) {
    tsr_sfpu_binary(TSR_SFPU_MASK_POSINF, idst_data, idst_data + 1, idst_data, TSR_FACES_RC);
}

ALWI void mask_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
