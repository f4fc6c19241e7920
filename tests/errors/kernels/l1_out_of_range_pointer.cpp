// error: l1-out-of-range
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    auto* past = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_arg_val<uint32_t>(1) + 0x200000);  // <- here
    *past = 1;
}
