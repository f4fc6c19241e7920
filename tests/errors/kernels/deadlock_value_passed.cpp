// The semaphore is raised twice before the wait for exactly 1 looks at it.
// error: deadlock
// on: RISCV_0
// shows: waits for semaphore 0 (L1 address 0x8120) to become 1: it is 2
// shows: the value was passed: exactly 1 is waited for
// shows: this processor itself has incremented it 2 times (by 1, last at line 14)
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t semaphore = get_semaphore(get_arg_val<uint32_t>(1));
    auto* word = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore);
    for (uint32_t i = 0; i < 2; ++i) {
        // The same line twice, as a loop over senders would.
        noc_semaphore_inc(get_noc_addr(semaphore), 1);
    }
    noc_async_atomic_barrier();
    noc_semaphore_wait(word, 1);  // <- here
}
