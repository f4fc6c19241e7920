#include "mcast_block.h"

void kernel_main() {
    constexpr uint32_t Nt = get_compile_time_arg_val(0);
    constexpr uint32_t Kt = get_compile_time_arg_val(1);
    constexpr uint32_t per_core_M = get_compile_time_arg_val(2);
    constexpr uint32_t per_core_N = get_compile_time_arg_val(3);
    constexpr uint32_t block_k = get_compile_time_arg_val(4);
    constexpr uint32_t subblock_h = get_compile_time_arg_val(5);
    constexpr uint32_t subblock_w = get_compile_time_arg_val(6);
    constexpr auto b_args = TensorAccessorArgs<7>();
    constexpr auto c_args = TensorAccessorArgs<b_args.next_compile_time_args_offset()>();
    const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(0));
    const auto c = TensorAccessor(c_args, get_arg_val<uint32_t>(1));
    const uint32_t first_row = get_arg_val<uint32_t>(2);
    const uint32_t first_column = get_arg_val<uint32_t>(3);
    const bool sender = get_arg_val<uint32_t>(4) == 1;
    const Channel channel = {
        .first_x = get_arg_val<uint32_t>(5),
        .first_y = get_arg_val<uint32_t>(6),
        .from_x = get_arg_val<uint32_t>(7),
        .from_y = get_arg_val<uint32_t>(8),
        .to_x = get_arg_val<uint32_t>(9),
        .to_y = get_arg_val<uint32_t>(10),
        .num_dests = get_arg_val<uint32_t>(11),
        .ready = get_semaphore(get_arg_val<uint32_t>(12)),
        .valid = get_semaphore(get_arg_val<uint32_t>(13)),
    };
    constexpr uint32_t block_tiles = block_k * per_core_N;
    const uint32_t tile_size = get_tile_size(tt::CBIndex::c_1);

    for (uint32_t k = 0; k < Kt; k += block_k) {
        cb_reserve_back(tt::CBIndex::c_1, block_tiles);
        if (sender) {
            const uint32_t block = get_write_ptr(tt::CBIndex::c_1);
            uint32_t address = block;
            for (uint32_t inner = 0; inner < block_k; ++inner) {
                for (uint32_t column = 0; column < per_core_N; ++column, address += tile_size) {
                    noc_async_read_page((k + inner) * Nt + first_column + column, b, address);
                }
            }
            noc_async_read_barrier();
            channel.send(block, block_tiles * tile_size);
        } else {
            channel.receive();
        }
        cb_push_back(tt::CBIndex::c_1, block_tiles);
    }

    for (uint32_t row = 0; row < per_core_M; row += subblock_h) {
        for (uint32_t column = 0; column < per_core_N; column += subblock_w) {
            cb_wait_front(tt::CBIndex::c_16, subblock_h * subblock_w);
            uint32_t address = get_read_ptr(tt::CBIndex::c_16);
            for (uint32_t h = 0; h < subblock_h; ++h) {
                for (uint32_t w = 0; w < subblock_w; ++w, address += tile_size) {
                    noc_async_write_page((first_row + row + h) * Nt + first_column + column + w, c, address);
                }
            }
            noc_async_write_barrier();
            cb_pop_front(tt::CBIndex::c_16, subblock_h * subblock_w);
        }
    }
    noc_async_atomic_barrier();
}
