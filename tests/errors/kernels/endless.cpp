// A kernel that is still running when the test interrupts the program.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    volatile uint32_t rounds = 0;
    for (uint64_t turn = 0; turn < uint64_t{1} << 60; ++turn) {
        rounds = rounds + 1;
    }
}
