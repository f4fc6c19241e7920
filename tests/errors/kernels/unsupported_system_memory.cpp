// error: unsupported-system-memory
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    noc_async_read(get_system_memory_noc_addr(0, 64, 0), get_write_ptr(0), 64);  // <- here
}
