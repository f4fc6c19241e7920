// Sums of int32 values within a tile.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Sums the columns of faces 0 and 1 and of the faces below them, by lane: see tsr_sfpu_sum_int.
ALWI void sfpu_sum_int_col(uint32_t idst) {
    tsr_sfpu_sum_int(idst, 0);
}

/// Sums the rows of faces 0 and 2 with the faces beside them, by lane.
ALWI void sfpu_sum_int_row(uint32_t idst) {
    tsr_sfpu_sum_int(idst, 1);
}

/// Tile idst += tile idst + 1, int32.
ALWI void sfpu_add_int(uint32_t idst, [[maybe_unused]] uint32_t dst_offset = 2,
                       [[maybe_unused]] int32_t iterations = 8) {
    tsr_sfpu_binary(TSR_SFPU_ADD_INT, idst, idst + 1, idst, TSR_FACES_RC);
}

ALWI void sfpu_sum_int_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
