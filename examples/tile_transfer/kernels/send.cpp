#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr auto args = TensorAccessorArgs<0>();
    const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0));
    const uint32_t num_tiles = get_arg_val<uint32_t>(1);
    const uint32_t receiver_x = get_arg_val<uint32_t>(2);
    const uint32_t receiver_y = get_arg_val<uint32_t>(3);
    const uint32_t room = get_semaphore(get_arg_val<uint32_t>(4));
    const uint32_t arrived = get_semaphore(get_arg_val<uint32_t>(5));
    auto* room_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(room);

    const uint32_t tile_address = get_write_ptr(tt::CBIndex::c_0);
    const uint32_t tile_size = get_tile_size(tt::CBIndex::c_0);
    for (uint32_t tile = 0; tile < num_tiles; ++tile) {
        noc_async_read_page(tile, in, tile_address);
        noc_async_read_barrier();

        noc_semaphore_wait(room_ptr, 1);
        noc_semaphore_set(room_ptr, 0);
        noc_async_write(tile_address, get_noc_addr(receiver_x, receiver_y, tile_address), tile_size);
        // The tile has to be there before its announcement.
        noc_async_write_barrier();
        noc_semaphore_inc(get_noc_addr(receiver_x, receiver_y, arrived), 1);
    }
    noc_async_atomic_barrier();
}
