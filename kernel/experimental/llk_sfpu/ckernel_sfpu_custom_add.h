// A vector function for SFPU_BINARY_CALL_NO_TEMPLATE_ARGS: the sum of two tiles, the example of a function of one's
// own.
#pragma once

#include <cstdint>

#include <sfpi.h>

namespace ckernel::sfpu {

/// One face of DST tile dst_index_out = the same face of dst_index_in0 + that of dst_index_in1.
inline void my_add_tile_face(const uint32_t dst_index_in0, const uint32_t dst_index_in1, const uint32_t dst_index_out) {
    constexpr uint32_t vectors_per_tile = 32;
    constexpr uint32_t vectors_per_face = 8;
    for (uint32_t v = 0; v < vectors_per_face; ++v) {
        const sfpi::vFloat a = sfpi::dst_reg[dst_index_in0 * vectors_per_tile + v];
        const sfpi::vFloat b = sfpi::dst_reg[dst_index_in1 * vectors_per_tile + v];
        sfpi::dst_reg[dst_index_out * vectors_per_tile + v] = a + b;
    }
}

}  // namespace ckernel::sfpu
