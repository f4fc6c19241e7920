// B's blocks come from interleaved memory, through the first core of each column. The same processor writes C, unless
// that stays in the core's L1.
#include "channel.h"

void kernel_main() {
    constexpr uint32_t blocks_h = get_compile_time_arg_val(0);
    constexpr uint32_t blocks_w = get_compile_time_arg_val(1);
    constexpr uint32_t blocks_k = get_compile_time_arg_val(2);
    constexpr uint32_t block_h = get_compile_time_arg_val(3);
    constexpr uint32_t block_w = get_compile_time_arg_val(4);
    constexpr uint32_t block_k = get_compile_time_arg_val(5);
    constexpr uint32_t Nt = get_compile_time_arg_val(6);
    constexpr uint32_t subblock_h = get_compile_time_arg_val(7);
    constexpr uint32_t subblock_w = get_compile_time_arg_val(8);
    constexpr uint32_t receivers = get_compile_time_arg_val(9);
    const Channel channel = {get_semaphore(get_compile_time_arg_val(10)), get_semaphore(get_compile_time_arg_val(11))};
    constexpr auto b_args = TensorAccessorArgs<12>();
    constexpr auto c_args = TensorAccessorArgs<b_args.next_compile_time_args_offset()>();
    const auto matrix = TensorAccessor(b_args, get_arg_val<uint32_t>(0));
    const uint32_t first_column = get_arg_val<uint32_t>(1);

    constexpr auto b = tt::CBIndex::c_1;
    constexpr auto c = tt::CBIndex::c_4;
    constexpr uint32_t tile_size = get_tile_size(b);
    constexpr uint32_t block_tiles = block_k * block_w;
#ifdef SENDER
    const uint64_t rectangle = get_noc_multicast_addr(get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(3),
                                                      get_arg_val<uint32_t>(4), get_arg_val<uint32_t>(5), 0);
    noc_semaphore_set(channel.there_ptr(), VALID);
#else
    const uint64_t room = get_noc_addr(get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(3), channel.room);
#endif
#ifdef WRITES_C
    const auto result = TensorAccessor(c_args, get_arg_val<uint32_t>(6));
    uint32_t c_row = get_arg_val<uint32_t>(7) * Nt + first_column;
#endif

    for (uint32_t bh = 0; bh < blocks_h; ++bh) {
        for (uint32_t bw = 0; bw < blocks_w; ++bw) {
            uint32_t row = first_column + bw * block_w;
            for (uint32_t block = 0; block < blocks_k; ++block) {
                cb_reserve_back(b, block_tiles);
#ifdef SENDER
                const uint32_t to = get_write_ptr(b);
                uint32_t address = to;
                for (uint32_t k = 0; k < block_k; ++k) {
                    for (uint32_t w = 0; w < block_w; ++w) {
                        noc_async_read_tile(row + w, matrix, address);
                        address += tile_size;
                    }
                    row += Nt;
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
                cb_push_back(b, block_tiles);
            }
#ifdef WRITES_C
            for (uint32_t h = 0; h < block_h; h += subblock_h) {
                for (uint32_t w = 0; w < block_w; w += subblock_w) {
                    cb_wait_front(c, subblock_h * subblock_w);
                    uint32_t address = get_read_ptr(c);
                    uint32_t page = c_row + h * Nt + bw * block_w + w;
                    for (uint32_t i = 0; i < subblock_h; ++i) {
                        for (uint32_t j = 0; j < subblock_w; ++j) {
                            noc_async_write_tile(page + j, result, address);
                            address += tile_size;
                        }
                        page += Nt;
                    }
                    noc_async_write_barrier();
                    cb_pop_front(c, subblock_h * subblock_w);
                }
            }
#endif
        }
#ifdef WRITES_C
        c_row += block_h * Nt;
#endif
    }
#ifndef WRITES_C
    cb_wait_front(c, blocks_h * blocks_w * block_h * block_w);
#endif
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
