// error: kernel-assert
// on: RISCV_0
// shows: ASSERT(get_arg_val<uint32_t>(1) == 5) does not hold
#include "api/dataflow/dataflow_api.h"
#include "api/debug/assert.h"

void kernel_main() {
    ASSERT(get_arg_val<uint32_t>(1) == 5);  // <- here
}
