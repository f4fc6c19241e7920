// Transposes tiles on their way to DST.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

ALWI void transpose_wh_init(uint32_t icb, uint32_t ocb = 16, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb, icb, ocb);
    tsr_configure_copy(1);
    tsr_init(TSR_UNPACK_A_TRANSPOSED, TSR_MATH_COPY);
    tsr_init_pack(TSR_PACK_TILES);
}

ALWI void transpose_wh_init_short(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_copy(1);
    tsr_init(TSR_UNPACK_A_TRANSPOSED, TSR_MATH_COPY);
}

/// DST tile idst = transpose of tile itile of icb.
ALWI void transpose_wh_tile(uint32_t icb, uint32_t itile, uint32_t idst) {
    tsr_transpose_wh(icb, itile, idst);
}

ALWI void transpose_wh_uninit(uint32_t icb, uint32_t ocb) {
    tsr_configure_copy(0);
}

}  // namespace ckernel
