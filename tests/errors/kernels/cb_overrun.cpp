// error: cb-overrun
// on: RISCV_0
// shows: holds 2 pages
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    cb_push_back(0, 1);
    cb_pop_front(0, 1);
    cb_push_back(0, 2);  // <- here
}
