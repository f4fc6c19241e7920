// error: unsupported-multicast
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    noc_async_write_multicast_exclude_region(get_read_ptr(0), 0, 64, 3, 0);  // <- here
}
