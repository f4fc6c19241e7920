// error: l1-out-of-range
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    auto* page = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0));
    page[0x180000 / 4] = 1;  // <- here
}
