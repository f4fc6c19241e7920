// Each core raises the other's semaphore only after its own was raised.
// error: deadlock
// on: RISCV_0
// cores: 2
// shows: 2 processors wait for ever
// shows: core (0,0)
// shows: (1,0)
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t semaphore = get_semaphore(get_arg_val<uint32_t>(1));
    const bool first = my_x[0] == get_arg_val<uint32_t>(2);
    noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore), 1);  // <- here
    const uint32_t x = get_arg_val<uint32_t>(first ? 4 : 2);
    const uint32_t y = get_arg_val<uint32_t>(first ? 5 : 3);
    noc_semaphore_inc(get_noc_addr(x, y, semaphore), 1);
    noc_async_atomic_barrier();
}
