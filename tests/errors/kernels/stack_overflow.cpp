// error: stack-overflow
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

__attribute__((noinline)) uint32_t deeper(volatile uint32_t* above, uint32_t level) {
    volatile uint32_t words[64];
    words[level & 63] = *above;                           // <- here or in the next line
    return deeper(words, level + 1) + words[level & 63];  // <- here
}

void kernel_main() {
    volatile uint32_t start = 1;
    *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = deeper(&start, 0);
}
