// A vector function for SFPU_UNARY_CALL_NO_TEMPLATE_ARGS: the cubic step from 0 to 1 between two edges.
#pragma once

#include <cstdint>

#include <sfpi.h>

namespace ckernel::sfpu {

/// One face x becomes t*t*(3 - 2t), t being (x - edge0) * inv_delta held between 0 and 1; inv_delta = 1/(edge1 -
/// edge0).
inline void smoothstep_tile_face(float edge0, [[maybe_unused]] float edge1, float inv_delta) {
    constexpr uint32_t vectors_per_face = 8;
    for (uint32_t v = 0; v < vectors_per_face; ++v) {
        sfpi::vFloat t = (sfpi::dst_reg[v] - edge0) * inv_delta;
        v_if(t < sfpi::vConst0) {
            t = sfpi::vConst0;
        }
        v_elseif(t > sfpi::vConst1) {
            t = sfpi::vConst1;
        }
        v_endif;
        sfpi::dst_reg[v] = t * t * (3.0f - 2.0f * t);
    }
}

}  // namespace ckernel::sfpu
