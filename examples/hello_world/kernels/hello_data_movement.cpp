#include "api/dataflow/dataflow_api.h"
#include "api/debug/dprint.h"

void kernel_main() {
    DPRINT_DATA0(DPRINT << "Hello from RISCV_0, which usually writes, on NoC " << uint32_t(noc_index) << ENDL());
    DPRINT_DATA1(DPRINT << "Hello from RISCV_1, which usually reads, on NoC " << uint32_t(noc_index) << ENDL());
}
