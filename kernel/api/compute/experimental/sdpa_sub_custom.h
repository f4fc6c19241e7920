// Differences of a row of tiles and the broadcast column of one tile.
#pragma once

#include <api/compute/bcast.h>

namespace ckernel {

ALWI void sub_bcast_cols_init_short_custom(uint32_t icb0, uint32_t icb1, uint32_t ct_dim,
                                           uint32_t call_line = __builtin_LINE()) {
    sub_bcast_cols_init_short(icb0, icb1, call_line);
}

/// DST tile idst + t = tile itile0 + t of icb0 - column 0 of tile itile1 of icb1, for ct_dim tiles.
ALWI void sub_tiles_bcast_cols_custom(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                                      uint32_t ct_dim) {
    for (uint32_t t = 0; t < ct_dim; ++t) {
        sub_tiles_bcast_cols(icb0, icb1, itile0 + t, itile1, idst + t);
    }
}

}  // namespace ckernel
