#include "mcast_block.h"

void kernel_main() {
    constexpr uint32_t Kt = get_compile_time_arg_val(0);
    constexpr uint32_t per_core_M = get_compile_time_arg_val(1);
    constexpr uint32_t block_k = get_compile_time_arg_val(2);
    constexpr auto a_args = TensorAccessorArgs<3>();
    const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0));
    const uint32_t first_row = get_arg_val<uint32_t>(1);
    const bool sender = get_arg_val<uint32_t>(2) == 1;
    const Channel channel = {
        .first_x = get_arg_val<uint32_t>(3),
        .first_y = get_arg_val<uint32_t>(4),
        .from_x = get_arg_val<uint32_t>(5),
        .from_y = get_arg_val<uint32_t>(6),
        .to_x = get_arg_val<uint32_t>(7),
        .to_y = get_arg_val<uint32_t>(8),
        .num_dests = get_arg_val<uint32_t>(9),
        .ready = get_semaphore(get_arg_val<uint32_t>(10)),
        .valid = get_semaphore(get_arg_val<uint32_t>(11)),
    };
    constexpr uint32_t block_tiles = per_core_M * block_k;
    const uint32_t tile_size = get_tile_size(tt::CBIndex::c_0);

    for (uint32_t k = 0; k < Kt; k += block_k) {
        cb_reserve_back(tt::CBIndex::c_0, block_tiles);
        if (sender) {
            const uint32_t block = get_write_ptr(tt::CBIndex::c_0);
            uint32_t address = block;
            for (uint32_t row = 0; row < per_core_M; ++row) {
                for (uint32_t inner = 0; inner < block_k; ++inner, address += tile_size) {
                    noc_async_read_page((first_row + row) * Kt + k + inner, a, address);
                }
            }
            noc_async_read_barrier();
            channel.send(block, block_tiles * tile_size);
        } else {
            channel.receive();
        }
        cb_push_back(tt::CBIndex::c_0, block_tiles);
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
