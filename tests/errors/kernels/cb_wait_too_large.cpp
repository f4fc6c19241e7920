// error: cb-wait-too-large
// on: RISCV_0
// shows: 3 pages
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    cb_wait_front(0, 3);  // <- here
}
