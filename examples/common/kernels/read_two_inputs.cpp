// Reads `count` tiles, from tile `first` on, of two interleaved buffers into c_0 and c_1.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t first = get_arg_val<uint32_t>(0);
    const uint32_t count = get_arg_val<uint32_t>(1);
    constexpr auto args0 = TensorAccessorArgs<0>();
    constexpr auto args1 = TensorAccessorArgs<args0.next_compile_time_args_offset()>();
    const auto in0 = TensorAccessor(args0, get_arg_val<uint32_t>(2));
    const auto in1 = TensorAccessor(args1, get_arg_val<uint32_t>(3));

    for (uint32_t tile = first; tile < first + count; ++tile) {
        cb_reserve_back(tt::CBIndex::c_0, 1);
        cb_reserve_back(tt::CBIndex::c_1, 1);
        noc_async_read_page(tile, in0, get_write_ptr(tt::CBIndex::c_0));
        noc_async_read_page(tile, in1, get_write_ptr(tt::CBIndex::c_1));
        noc_async_read_barrier();
        cb_push_back(tt::CBIndex::c_0, 1);
        cb_push_back(tt::CBIndex::c_1, 1);
    }
}
