// A's blocks come from interleaved memory, through the first core of each row.
#include "channel.h"

void kernel_main() {
    constexpr uint32_t blocks_h = get_compile_time_arg_val(0);
    constexpr uint32_t blocks_w = get_compile_time_arg_val(1);
    constexpr uint32_t blocks_k = get_compile_time_arg_val(2);
    constexpr uint32_t block_h = get_compile_time_arg_val(3);
    constexpr uint32_t block_k = get_compile_time_arg_val(4);
    constexpr uint32_t Kt = get_compile_time_arg_val(5);
    constexpr uint32_t receivers = get_compile_time_arg_val(6);
    const Channel channel = {get_semaphore(get_compile_time_arg_val(7)), get_semaphore(get_compile_time_arg_val(8))};
    constexpr auto a_args = TensorAccessorArgs<9>();
    const auto matrix = TensorAccessor(a_args, get_arg_val<uint32_t>(0));
    uint32_t row_start = get_arg_val<uint32_t>(1) * Kt;

    constexpr auto a = tt::CBIndex::c_0;
    constexpr uint32_t tile_size = get_tile_size(a);
    constexpr uint32_t block_tiles = block_h * block_k;
#ifdef SENDER
    const uint64_t rectangle = get_noc_multicast_addr(get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(3),
                                                      get_arg_val<uint32_t>(4), get_arg_val<uint32_t>(5), 0);
    noc_semaphore_set(channel.there_ptr(), VALID);
#else
    const uint64_t room = get_noc_addr(get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(3), channel.room);
#endif

    for (uint32_t bh = 0; bh < blocks_h; ++bh) {
        for (uint32_t bw = 0; bw < blocks_w; ++bw) {
            uint32_t block_start = row_start;
            for (uint32_t block = 0; block < blocks_k; ++block) {
                cb_reserve_back(a, block_tiles);
#ifdef SENDER
                const uint32_t to = get_write_ptr(a);
                uint32_t address = to;
                uint32_t row = block_start;
                for (uint32_t h = 0; h < block_h; ++h) {
                    for (uint32_t k = 0; k < block_k; ++k) {
                        noc_async_read_tile(row + k, matrix, address);
                        address += tile_size;
                    }
                    row += Kt;
                }
                noc_async_read_barrier();
                if constexpr (receivers > 0) {
                    channel.wait_for_room(receivers);
                    channel.send(rectangle, to, block_tiles * tile_size, receivers);
                }
#else
                channel.expect();
                channel.ask(room);
                channel.wait();
#endif
                block_start += block_k;
                cb_push_back(a, block_tiles);
            }
        }
        row_start += block_h * Kt;
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
