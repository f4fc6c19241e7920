// error: memory-fault
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    auto* page = reinterpret_cast<volatile tt_l1_ptr uint8_t*>(get_write_ptr(0));
    volatile int64_t far = int64_t{1} << 44;
    page[far] = 1;  // <- here
}
