#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr auto args = TensorAccessorArgs<0>();
    const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0));
    const uint32_t first = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);

    for (uint32_t row = first; row < first + count; ++row) {
        cb_wait_front(tt::CBIndex::c_0, 1);
        noc_async_write_page(row, out, get_read_ptr(tt::CBIndex::c_0));
        noc_async_write_barrier();
        cb_pop_front(tt::CBIndex::c_0, 1);
    }
}
