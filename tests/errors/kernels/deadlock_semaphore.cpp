// error: deadlock
// on: RISCV_1
// shows: waits for
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    auto* flag = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(get_arg_val<uint32_t>(1)));
    noc_semaphore_wait(flag, 1);  // <- here
}
