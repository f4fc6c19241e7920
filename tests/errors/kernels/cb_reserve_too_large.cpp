// error: cb-wait-too-large
// on: RISCV_0
// shows: holds 2
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    cb_reserve_back(0, 3);  // <- here
}
