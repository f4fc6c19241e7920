// error: unsupported-remote-circular-buffer
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"
#include "api/remote_circular_buffer.h"

void kernel_main() {
    experimental::remote_cb_wait_front(0, 1);  // <- here
}
