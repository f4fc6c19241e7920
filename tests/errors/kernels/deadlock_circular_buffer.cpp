// error: deadlock
// on: RISCV_0
// shows: 1 processor waits for ever
// shows: waits for
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    cb_wait_front(0, 1);  // <- here
}
