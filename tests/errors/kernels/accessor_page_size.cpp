// error: accessor-page-size
// on: RISCV_0
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const auto from = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0), 0);  // <- here
    noc_async_read(from.get_noc_addr(0), get_write_ptr(0), 64);
}
