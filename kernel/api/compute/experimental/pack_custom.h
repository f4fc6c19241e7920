// A packer setup for blocks of tiles.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

/// Sets up pack_tile for `num_tiles` tiles at once, which changes nothing in what is packed.
ALWI void pack_block_init_custom(uint32_t icb, uint32_t num_tiles) {
    tsr_configure_formats(TSR_KEEP_FORMAT, TSR_KEEP_FORMAT, icb);
}

}  // namespace ckernel
