// Adding rows of a tile into other rows.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Adds row i of tile idst to row index[i] of tile idst + 1; the 32 one-byte indices lie at L1 address idx_addr + 16,
/// and 32 and above skip a row.
ALWI void reshuffle_rows_tile(uint32_t idst, uint32_t idx_addr) {
    tsr_sfpu_reshuffle_rows(idst, idx_addr);
}

ALWI void reshuffle_rows_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
