#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr auto args = TensorAccessorArgs<0>();
    const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0));
    const uint32_t from_x = get_arg_val<uint32_t>(1);
    const uint32_t from_y = get_arg_val<uint32_t>(2);
    const uint32_t to_x = get_arg_val<uint32_t>(3);
    const uint32_t to_y = get_arg_val<uint32_t>(4);
    const uint32_t num_receivers = get_arg_val<uint32_t>(5);
    const uint32_t ready = get_semaphore(get_arg_val<uint32_t>(6));
    const uint32_t valid = get_semaphore(get_arg_val<uint32_t>(7));
    auto* ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
    auto* valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid);

    cb_reserve_back(tt::CBIndex::c_0, 1);
    const uint32_t tile = get_write_ptr(tt::CBIndex::c_0);
    noc_async_read_page(0, in, tile);
    noc_async_read_barrier();

    noc_semaphore_wait(ready_ptr, num_receivers);
    const uint64_t tiles = get_noc_multicast_addr(from_x, from_y, to_x, to_y, tile);
    noc_async_write_multicast(tile, tiles, get_tile_size(tt::CBIndex::c_0), num_receivers);
    noc_async_writes_flushed();
    noc_semaphore_set(valid_ptr, VALID);
    noc_semaphore_set_multicast(valid, get_noc_multicast_addr(from_x, from_y, to_x, to_y, valid), num_receivers);
    noc_async_write_barrier();
}
