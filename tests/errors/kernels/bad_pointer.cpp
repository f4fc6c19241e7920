// error: bad-pointer
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

extern "C" void* memcpy(void*, const void*, size_t);

void kernel_main() {
    *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = (uint32_t)(uintptr_t)&memcpy;  // <- here
}
