// A lies in blocks in the cores' L1. The cores of a row take turns: the one that has the next columns of A multicasts
// them to the row, itself included.
#include "channel.h"

void kernel_main() {
    constexpr uint32_t blocks_h = get_compile_time_arg_val(0);
    constexpr uint32_t blocks_w = get_compile_time_arg_val(1);
    constexpr uint32_t blocks_k = get_compile_time_arg_val(2);
    constexpr uint32_t block_h = get_compile_time_arg_val(3);
    constexpr uint32_t block_k = get_compile_time_arg_val(4);
    constexpr uint32_t shard_w = get_compile_time_arg_val(5);
    constexpr uint32_t row_cores = get_compile_time_arg_val(6);
    const Channel channel = {get_semaphore(get_compile_time_arg_val(7)), get_semaphore(get_compile_time_arg_val(8))};
    const uint32_t column = get_arg_val<uint32_t>(0);
    const uint64_t rectangle = get_noc_multicast_addr(get_arg_val<uint32_t>(1), get_arg_val<uint32_t>(2),
                                                      get_arg_val<uint32_t>(3), get_arg_val<uint32_t>(4), 0);
    constexpr uint32_t first_x_arg = 5;  // of each core of the row: x, y

    constexpr auto a = tt::CBIndex::c_0;
    constexpr auto shard = tt::CBIndex::c_2;
    constexpr uint32_t tile_size = get_tile_size(a);
    constexpr uint32_t block_tiles = block_h * block_k;
    constexpr uint32_t blocks_a_core = shard_w / block_k;
    // A block of whole rows of the shard goes from where it lies.
    constexpr bool gather = shard_w != block_k;

    // What receivers' flags are set to is read from here, since the sender's own flag changes meanwhile.
    const uint32_t valid = get_write_ptr(tt::CBIndex::c_6);
    *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid) = VALID;
    uint64_t rooms[row_cores];
    for (uint32_t i = 0; i < row_cores; ++i) {
        rooms[i] = get_noc_addr(get_arg_val<uint32_t>(first_x_arg + 2 * i),
                                get_arg_val<uint32_t>(first_x_arg + 2 * i + 1), channel.room);
    }

    uint32_t row_start = get_read_ptr(shard);
    for (uint32_t bh = 0; bh < blocks_h; ++bh) {
        for (uint32_t bw = 0; bw < blocks_w; ++bw) {
            uint32_t from = row_start;
            uint32_t owner = 0, left = blocks_a_core;
            for (uint32_t block = 0; block < blocks_k; ++block) {
                cb_reserve_back(a, block_tiles);
                channel.expect();
                if (owner == column) {
                    const uint32_t to = get_write_ptr(a);
                    if constexpr (gather) {
                        uint64_t row = get_noc_addr(from);
                        uint32_t address = to;
                        for (uint32_t h = 0; h < block_h; ++h) {
                            noc_async_read(row, address, block_k * tile_size);
                            row += shard_w * tile_size;
                            address += block_k * tile_size;
                        }
                        from += block_k * tile_size;
                        noc_async_read_barrier();
                    }
                    if constexpr (row_cores > 1) {
                        channel.wait_for_room(row_cores - 1);
                        if constexpr (gather) {
                            noc_async_write_multicast(to, rectangle | to, block_tiles * tile_size, row_cores - 1, true);
                        } else {
                            noc_async_write_multicast_loopback_src(from, rectangle | to, block_tiles * tile_size,
                                                                   row_cores, true);
                        }
#ifdef ARCH_BLACKHOLE
                        noc_async_writes_flushed();
#endif
                        noc_semaphore_set_multicast_loopback_src(valid, rectangle | channel.there, row_cores);
                    } else {
                        if constexpr (!gather) {
                            noc_async_write(from, get_noc_addr(to), block_tiles * tile_size);
                            noc_async_write_barrier();
                        }
                        noc_semaphore_set(channel.there_ptr(), VALID);
                    }
                } else {
                    channel.ask(rooms[owner]);
                }
                if (--left == 0) {
                    ++owner;
                    left = blocks_a_core;
                }
                channel.wait();
                cb_push_back(a, block_tiles);
            }
        }
        row_start += block_h * shard_w * tile_size;
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
