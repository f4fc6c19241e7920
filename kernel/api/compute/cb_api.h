// Circular buffers as a compute kernel uses them. wait and pop belong to UNPACK, reserve and push to PACK.
#pragma once

#include <api/compute/common_globals.h>

namespace ckernel {

using ::cb_pop_front;
using ::cb_push_back;
using ::cb_reserve_back;
using ::cb_wait_front;

/// L1 byte address of page `tile_index`, counted from the read pointer.
ALWI uint32_t get_tile_address(uint32_t cb_id, uint32_t tile_index) {
    const tsr_cb& cb = tsr_ctx->cbs[cb_id];
    return cb.fifo_rd_ptr + cb.fifo_page_size * tile_index;
}

/// 32-bit word `element_offset` of page `tile_index`, counted from the read pointer.
ALWI uint32_t read_tile_value(uint32_t cb_id, uint32_t tile_index, uint32_t element_offset) {
    uint32_t value;
    __builtin_memcpy(&value, tsr_ctx->l1 + get_tile_address(cb_id, tile_index) + 4 * element_offset, 4);
    return value;
}

}  // namespace ckernel
