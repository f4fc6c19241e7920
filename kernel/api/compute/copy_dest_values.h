// Copying tiles within DST.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Tile idst_out = tile idst_in.
template <DataFormat data_format>
ALWI void copy_dest_values(uint32_t idst_in, uint32_t idst_out) {
    tsr_sfpu_binary(TSR_SFPU_COPY, idst_in, idst_in, idst_out, TSR_FACES_RC);
}

/// The form without a format, in the argument order of the 2026 generations.
ALWI void copy_dest_values(uint32_t idst_in, uint32_t idst_out) {
    tsr_sfpu_binary(TSR_SFPU_COPY, idst_in, idst_in, idst_out, TSR_FACES_RC);
}

ALWI void copy_dest_values_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
