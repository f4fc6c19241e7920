// error: noc-bad-coordinate
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    noc_async_write(get_read_ptr(0), get_noc_addr(60, 60, get_read_ptr(0)), 64);  // <- here
    noc_async_write_barrier();
}
