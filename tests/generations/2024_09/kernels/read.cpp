// Hands every tile to both inputs.
#include "dataflow_api.h"

void kernel_main() {
    uint32_t address = get_arg_val<uint32_t>(0);
    uint32_t x = get_arg_val<uint32_t>(1);
    uint32_t y = get_arg_val<uint32_t>(2);
    uint32_t tiles = get_arg_val<uint32_t>(3);
    uint32_t unused = get_arg_val<uint32_t>(4);  // the host sets four
    uint32_t bytes = get_tile_size(tt::CB::c_in0);
    for (uint32_t i = 0; i < tiles; i++) {
        uint64_t from = get_noc_addr(x, y, address + i * bytes);
        cb_reserve_back(tt::CB::c_in0, 1);
        cb_reserve_back(tt::CB::c_in1, 1);
        noc_async_read(from, get_write_ptr(tt::CB::c_in0), bytes);
        noc_async_read(from, get_write_ptr(tt::CB::c_in1), bytes);
        noc_async_read_barrier();
        cb_push_back(tt::CB::c_in0, 1);
        cb_push_back(tt::CB::c_in1, 1);
    }
}
