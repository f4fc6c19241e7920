#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t pages = get_compile_time_arg_val(0);
    const uint32_t semaphore = get_semaphore(get_compile_time_arg_val(1));
    constexpr auto args = TensorAccessorArgs<2>();
    const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), 1024);
    const uint32_t x = get_arg_val<uint32_t>(1), y = get_arg_val<uint32_t>(2);
    const uint32_t l1 = get_write_ptr(0);
    for (uint32_t i = 0; i < pages; ++i) {
        noc_async_read_tile(i, in, l1 + i * 1024);
    }
    noc_async_read_barrier();
    noc_async_write(l1, get_noc_addr(x, y, l1), pages * 1024);
    noc_semaphore_inc(get_noc_addr(x, y, semaphore, 1), 1, 1);
    noc_async_write_barrier();
    noc_async_atomic_barrier(1);
}
