// error: unknown-compile-time-argument
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t missing = get_named_compile_time_arg_val("num_tiles");  // <- here
    *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = missing;
}
