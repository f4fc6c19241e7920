// error: no-progress
// on: RISCV_0
// timeout: 1
// code: 124
// shows: --timeout
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    volatile uint32_t rounds = 0;
    while (true) {
        rounds = rounds + 1;  // <- here
    }
}
