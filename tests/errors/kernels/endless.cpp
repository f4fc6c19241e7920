// A kernel that is still running when the test interrupts the program.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    volatile uint32_t rounds = 0;
    while (true) {
        rounds = rounds + 1;
    }
}
