// error: compile-time-arg-out-of-range
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t missing = get_compile_time_arg_val(3);  // <- here
    *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = missing;
}
