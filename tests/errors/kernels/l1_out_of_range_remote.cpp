// error: l1-out-of-range
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint64_t past = get_noc_addr(get_arg_val<uint32_t>(4), get_arg_val<uint32_t>(5), 0x200000);
    noc_async_write(get_read_ptr(0), past, 64);  // <- here
    noc_async_write_barrier();
}
