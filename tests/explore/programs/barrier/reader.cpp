#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t pages = get_compile_time_arg_val(0);
    constexpr auto args = TensorAccessorArgs<1>();
    const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), 1024);
    for (uint32_t i = 0; i < pages; ++i) {
        cb_reserve_back(0, 1);
        noc_async_read_tile(i, in, get_write_ptr(0));
        cb_push_back(0, 1);
        noc_async_read_barrier();
    }
}
