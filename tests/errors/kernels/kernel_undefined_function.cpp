// error: kernel-compile-error
// on: RISCV_0
// shows: declared but defined nowhere
#include "api/dataflow/dataflow_api.h"

void helper(uint32_t page);

void kernel_main() {
    helper(0);
}
