#include "dataflow_api.h"

void kernel_main() {
    uint32_t address = get_arg_val<uint32_t>(0);
    uint32_t x = get_arg_val<uint32_t>(1);
    uint32_t y = get_arg_val<uint32_t>(2);
    uint32_t tiles = get_arg_val<uint32_t>(3);
    uint32_t bytes = get_tile_size(tt::CB::c_out0);
    for (uint32_t i = 0; i < tiles; i++) {
        cb_wait_front(tt::CB::c_out0, 1);
        noc_async_write(get_read_ptr(tt::CB::c_out0), get_noc_addr(x, y, address + i * bytes), bytes);
        noc_async_write_barrier();
        cb_pop_front(tt::CB::c_out0, 1);
    }
}
