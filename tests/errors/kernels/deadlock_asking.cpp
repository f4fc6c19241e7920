// error: deadlock
// on: RISCV_0
// shows: asking again and again
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    while (!cb_pages_available_at_front(0, 1)) {  // <- here
    }
}
