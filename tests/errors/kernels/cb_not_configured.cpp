// error: cb-not-configured
// on: RISCV_0
// shows: configured here: 0, 1, 2, 3, 4, 7, 16
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    cb_push_back(5, 1);  // <- here
}
