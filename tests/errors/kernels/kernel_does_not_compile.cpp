// error: kernel-compile-error
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    uint32_t pages = "two";  // <- here
}
