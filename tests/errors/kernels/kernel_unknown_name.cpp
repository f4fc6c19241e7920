// error: kernel-compile-error
// on: RISCV_0
// shows: cb_wait_frond
// shows: is not a name of TT-Metalium's kernel API
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    cb_wait_frond_of(0, 1);  // <- here
}
