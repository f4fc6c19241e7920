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

/// 16 bytes before page `index`, counted from the read pointer, to *p_tile: a pointer, or a number if that is one.
/// Callers skip four words, which once were a header.
template <class T>
ALWI void cb_get_tile(uint32_t cb_id, uint32_t index, T* p_tile) {
    static_assert(sizeof(T) >= sizeof(uint32_t), "cb_get_tile: pass the address of a pointer or of a 32-bit number");
    *p_tile = (T)(get_tile_address(cb_id, index) - 16);
}

/// Ends the use of what cb_get_tile gave: the three engines are one thread here, which no other waits for.
ALWI void cb_release_tile(uint32_t cb_id) {}

}  // namespace ckernel
