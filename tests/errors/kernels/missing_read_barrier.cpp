// error: missing-read-barrier
// code: 71
// on: RISCV_1
// shows: help: call noc_async_read_barrier()
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    cb_reserve_back(0, 1);
    noc_async_read(get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0)), get_write_ptr(0), 2048);
    cb_push_back(0, 1);  // <- here
    noc_async_read_barrier();
}
