// Transposes tiles in DST.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

template <bool is_32bit = false>
ALWI void transpose_wh_dest_init_short() {
    tsr_init(0, TSR_MATH_TRANSPOSE_DST);
}

/// DST tile idst becomes its transpose.
template <bool is_32bit = false>
ALWI void transpose_wh_dest(uint32_t idst) {
    tsr_transpose_dst(idst);
}

}  // namespace ckernel
