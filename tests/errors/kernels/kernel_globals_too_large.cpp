// error: kernel-globals-too-large
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

uint32_t table[1 << 20];

void kernel_main() {
    table[get_arg_val<uint32_t>(1)] = 1;
    *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = table[get_arg_val<uint32_t>(2)];
}
