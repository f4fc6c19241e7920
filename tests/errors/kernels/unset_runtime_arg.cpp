// error: unset-runtime-arg
// on: RISCV_0
// shows: runtime argument 6 is read, but the host set 6
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t missing = get_arg_val<uint32_t>(6);  // <- here
    *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = missing;
}
