// error: dram-out-of-range
// on: RISCV_1
// shows: page index
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint64_t past = get_noc_addr_from_bank_id<true>(0, 0) | 0xFFFFFFF0;
    noc_async_read(past, get_write_ptr(0), 64);  // <- here
    noc_async_read_barrier();
}
