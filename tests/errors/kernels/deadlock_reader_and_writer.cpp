// The writer waits for more than the reader brings, and the reader for room that only the writer could make.
// error: deadlock
// on: RISCV_0,RISCV_1
// shows: 2 processors wait for ever
// shows: RISCV_0
// shows: RISCV_1
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
#if defined(COMPILE_FOR_BRISC)
    cb_wait_front(16, 1);  // <- here
    cb_wait_front(0, 2);
    cb_pop_front(0, 2);
#else
    for (uint32_t page = 0; page < 3; ++page) {
        cb_reserve_back(0, 1);  // <- or here
        cb_push_back(0, 1);
    }
    cb_reserve_back(16, 1);
    cb_push_back(16, 1);
#endif
}
