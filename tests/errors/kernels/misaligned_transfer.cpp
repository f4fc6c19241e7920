// error: misaligned-transfer
// code: 71
// on: RISCV_1
// shows: modulo 32
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    noc_async_read(get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0)), get_write_ptr(0) + 16, 64);  // <- here
    noc_async_read_barrier();
}
