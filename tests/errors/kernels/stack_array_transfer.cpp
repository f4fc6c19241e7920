// error: stack-array-transfer
// on: RISCV_1
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    uint32_t words[16];
    noc_async_read(get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0)), (uint32_t)words, 64);  // <- here
    noc_async_read_barrier();
}
