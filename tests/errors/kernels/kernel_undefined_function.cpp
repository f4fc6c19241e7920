// error: kernel-compile-error
// on: RISCV_0
// shows: kernel_undefined_function.cpp uses helper(unsigned int)
// shows: declared but defined nowhere
#include "api/dataflow/dataflow_api.h"

void helper(uint32_t page);

void kernel_main() {
    helper(0);
}
