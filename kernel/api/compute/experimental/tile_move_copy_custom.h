// A copy of one tile to DST that the chip transposes twice on its way.
#pragma once

#include <api/compute/tile_move_copy.h>

namespace ckernel {

/// On Blackhole as copy_tile; on Wormhole the chip's version does nothing either.
ALWI void copy_tile_custom(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index) {
#ifdef ARCH_BLACKHOLE
    tsr_copy_tile(in_cb_id, in_tile_index, dst_tile_index);
#endif
}

}  // namespace ckernel
