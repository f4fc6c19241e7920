// error: kernel-compile-error
// on: RISCV_0
// shows: matmul_tiles belongs to TT-Metalium's kernel API
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    matmul_tiles(0, 1, 0, 0, 0);  // <- here
}
