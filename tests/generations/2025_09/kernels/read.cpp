#include "dataflow_api.h"

void kernel_main() {
    const uint32_t tiles = get_arg_val<uint32_t>(2);
    constexpr uint32_t cb0 = get_named_compile_time_arg_val("first");
    constexpr uint32_t cb1 = get_named_compile_time_arg_val("second");
    constexpr auto a_args = TensorAccessorArgs<0>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0), get_tile_size(cb0));
    const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(1), get_tile_size(cb1));
    for (uint32_t i = 0; i < tiles; i++) {
        cb_reserve_back(cb0, 1);
        cb_reserve_back(cb1, 1);
        noc_async_read_tile(i, a, get_write_ptr(cb0));
        noc_async_read_tile(i, b, get_write_ptr(cb1));
        noc_async_read_barrier();
        cb_push_back(cb0, 1);
        cb_push_back(cb1, 1);
    }
}
