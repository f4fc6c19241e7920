// error: kernel-trap
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    if (get_arg_val<uint32_t>(1) == 0) {
        __builtin_trap();  // <- here
    }
}
