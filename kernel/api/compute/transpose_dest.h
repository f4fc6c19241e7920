// Transposes tiles in DST, by the later names.
#pragma once

#include <api/compute/transpose_wh_dest.h>

namespace ckernel {

template <bool is_32bit = false, bool transpose_of_faces = true>
ALWI void transpose_dest_init() {
    static_assert(transpose_of_faces, "transpose_dest: transposing each face in its place is not simulated");
    tsr_init(0, TSR_MATH_TRANSPOSE_DST);
}

/// DST tile idst becomes its transpose.
template <bool is_32bit = false, bool transpose_of_faces = true>
ALWI void transpose_dest(uint32_t idst) {
    static_assert(transpose_of_faces, "transpose_dest: transposing each face in its place is not simulated");
    tsr_transpose_dst(idst);
}

}  // namespace ckernel
