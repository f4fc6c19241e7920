// Two cores raise each other's semaphores once, and then each waits for the other's second signal before its own.
// error: deadlock
// on: RISCV_0
// cores: 2
// shows: the cycle (-> waits for): RISCV_0 of core (0,0) -> RISCV_0 of core (1,0) -> RISCV_0 of core (0,0), on device 0
// shows: to become 2: it is 1
// shows: RISCV_0 of core (1,0) (deadlock_two_cores_in_turn.cpp) has incremented it 1 time (by 1, last at line 17), and
// waits too shows: (1 more core waits likewise: (1,0))
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t semaphore = get_semaphore(get_arg_val<uint32_t>(1));
    const bool first = my_x[0] == get_arg_val<uint32_t>(2);
    const uint32_t x = get_arg_val<uint32_t>(first ? 4 : 2);
    const uint32_t y = get_arg_val<uint32_t>(first ? 5 : 3);
    for (uint32_t round = 0; round < 2; ++round) {
        noc_semaphore_inc(get_noc_addr(x, y, semaphore), 1);
        noc_async_atomic_barrier();
        noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore), 2);  // <- here
    }
}
