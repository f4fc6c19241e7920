#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr auto args = TensorAccessorArgs<0>();
    const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0));
    const uint32_t num_tiles = get_arg_val<uint32_t>(1);
    const uint32_t sender_x = get_arg_val<uint32_t>(2);
    const uint32_t sender_y = get_arg_val<uint32_t>(3);
    const uint32_t room = get_semaphore(get_arg_val<uint32_t>(4));
    auto* arrived_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(get_arg_val<uint32_t>(5)));

    for (uint32_t tile = 0; tile < num_tiles; ++tile) {
        noc_semaphore_inc(get_noc_addr(sender_x, sender_y, room), 1);
        noc_semaphore_wait_min(arrived_ptr, tile + 1);
        noc_async_write_page(tile, out, get_read_ptr(tt::CBIndex::c_0));
        noc_async_write_barrier();
    }
    noc_async_atomic_barrier();
}
