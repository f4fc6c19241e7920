// error: multicast-num-dests
// code: 71
// on: RISCV_0
// shows: says it has 3 destinations, but it reaches 1
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint64_t both = get_noc_multicast_addr(get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(3),
                                                 get_arg_val<uint32_t>(4), get_arg_val<uint32_t>(5), get_read_ptr(0));
    noc_async_write_multicast(get_read_ptr(0), both, 64, 3);  // <- here
    noc_async_write_barrier();
}
