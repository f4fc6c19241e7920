// Reads `count` tiles, from tile `first` on, of an interleaved buffer into c_0.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t first = get_arg_val<uint32_t>(0);
    const uint32_t count = get_arg_val<uint32_t>(1);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto in = TensorAccessor(args, get_arg_val<uint32_t>(2));

    for (uint32_t tile = first; tile < first + count; ++tile) {
        cb_reserve_back(tt::CBIndex::c_0, 1);
        noc_async_read_page(tile, in, get_write_ptr(tt::CBIndex::c_0));
        noc_async_read_barrier();
        cb_push_back(tt::CBIndex::c_0, 1);
    }
}
