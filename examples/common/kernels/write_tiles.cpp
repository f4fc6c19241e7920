// Writes `count` tiles from c_16 to an interleaved buffer, from tile `first` on.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t first = get_arg_val<uint32_t>(0);
    const uint32_t count = get_arg_val<uint32_t>(1);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto out = TensorAccessor(args, get_arg_val<uint32_t>(2));

    for (uint32_t tile = first; tile < first + count; ++tile) {
        cb_wait_front(tt::CBIndex::c_16, 1);
        noc_async_write_page(tile, out, get_read_ptr(tt::CBIndex::c_16));
        noc_async_writes_flushed();
        cb_pop_front(tt::CBIndex::c_16, 1);
    }
    noc_async_write_barrier();
}
