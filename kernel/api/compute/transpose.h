// Transposes tiles on their way to DST, by the names since the one-time setup is compute_kernel_hw_startup.
#pragma once

#include <api/compute/transpose_wh.h>

namespace ckernel {

// Templates, so that a kernel's own functions of these names are the better match.
template <class = void>
ALWI void transpose_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
    transpose_wh_init_short(icb, call_line);
}

/// DST tile idst = transpose of tile itile of icb.
template <class = void>
ALWI void transpose_tile(uint32_t icb, uint32_t itile, uint32_t idst) {
    tsr_transpose_wh(icb, itile, idst);
}

template <class = void>
ALWI void transpose_uninit(uint32_t icb, uint32_t ocb) {
    transpose_wh_uninit(icb, ocb);
}

}  // namespace ckernel
