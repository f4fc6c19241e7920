// error: kernel-compile-error
// on: RISCV_0
// shows: Metal 2.0
#include "api/dataflow/dataflow_api.h"
#include "experimental/kernel_args.h"

void kernel_main() {
    const uint32_t pages = get_arg(args::pages);
    (void)pages;
}
