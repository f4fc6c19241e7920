// error: unsupported-socket
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"
#include "api/socket_api.h"

void kernel_main() {
    socket_barrier(0);  // <- here
}
