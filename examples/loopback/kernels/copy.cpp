#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t l1_scratch = get_arg_val<uint32_t>(0);
    const uint32_t source_address = get_arg_val<uint32_t>(1);
    const uint32_t destination_address = get_arg_val<uint32_t>(2);
    const uint32_t num_tiles = get_arg_val<uint32_t>(3);

    constexpr auto source_args = TensorAccessorArgs<0>();
    constexpr auto destination_args = TensorAccessorArgs<source_args.next_compile_time_args_offset()>();
    const auto source = TensorAccessor(source_args, source_address);
    const auto destination = TensorAccessor(destination_args, destination_address);

    for (uint32_t tile = 0; tile < num_tiles; ++tile) {
        noc_async_read_page(tile, source, l1_scratch);
        noc_async_read_barrier();
        noc_async_write_page(tile, destination, l1_scratch);
        // The scratch tile is overwritten in the next turn, so the write has to have left.
        noc_async_write_barrier();
    }
}
