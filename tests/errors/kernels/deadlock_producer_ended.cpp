// The reader ends one page early.
// error: deadlock
// on: RISCV_0,RISCV_1
// shows: waits for 1 page of c_0: 0 of 2 are full (0 reserved, 3 pushed, 0 waited for, 3 popped)
// shows: RISCV_1 (deadlock_producer_ended.cpp), which pushes it, has ended: it pushed 3 pages in all, 4 are needed
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
#if defined(COMPILE_FOR_BRISC)
    for (uint32_t page = 0; page < 4; ++page) {
        cb_wait_front(0, 1);  // <- here
        cb_pop_front(0, 1);
    }
#else
    for (uint32_t page = 0; page < 3; ++page) {
        cb_reserve_back(0, 1);
        cb_push_back(0, 1);
    }
#endif
}
