#include "dataflow_api.h"

void kernel_main() {
    const uint32_t address = get_arg_val<uint32_t>(0);
    const uint32_t tiles = get_arg_val<uint32_t>(1);
    constexpr uint32_t cb = tt::CBIndex::c_0;
    const InterleavedAddrGenFast<true> in = {
        .bank_base_address = address, .page_size = get_tile_size(cb), .data_format = get_dataformat(cb)};
    for (uint32_t i = 0; i < tiles; i++) {
        cb_reserve_back(cb, 1);
        noc_async_read_tile(i, in, get_write_ptr(cb));
        noc_async_read_barrier();
        cb_push_back(cb, 1);
    }
}
