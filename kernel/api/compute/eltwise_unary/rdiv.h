// A scalar divided by a tile.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// value / x (fp32 bits), as it is, truncated or floored.
template <RoundingMode rounding_mode = RoundingMode::None>
ALWI void rdiv_tile(uint32_t dst_index, uint32_t value, int vector_mode = static_cast<int>(VectorMode::RC)) {
    constexpr uint32_t op = rounding_mode == RoundingMode::Trunc   ? TSR_SFPU_RDIV_TRUNC
                            : rounding_mode == RoundingMode::Floor ? TSR_SFPU_RDIV_FLOOR
                                                                   : TSR_SFPU_RDIV;
    tsr_sfpu_unary(op, dst_index, static_cast<uint32_t>(vector_mode), value, APPROX ? TSR_SFPU_APPROX : 0, 0);
}

ALWI void rdiv_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
