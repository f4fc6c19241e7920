// error: division-by-zero
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t semaphore_id = get_arg_val<uint32_t>(1);
    auto* page = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0));
    page[0] = 32 / semaphore_id;  // <- here
}
