#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t pages = get_compile_time_arg_val(0);
    const uint32_t semaphore = get_semaphore(get_compile_time_arg_val(1));
    constexpr auto args = TensorAccessorArgs<2>();
    const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0), 1024);
    noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore), 1);
    const uint32_t l1 = get_read_ptr(0);
    for (uint32_t i = 0; i < pages; ++i) {
        noc_async_write_tile(i, out, l1 + i * 1024);
    }
    noc_async_write_barrier();
}
