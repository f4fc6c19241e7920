// The accessor's rank, shapes and banks come from common runtime arguments; the first says nine dimensions.
// error: tensor-rank
// on: RISCV_0
// compile_arg: 127
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const auto from = TensorAccessor(TensorAccessorArgs<0, 0>(), get_arg_val<uint32_t>(0), 2048);  // <- here
    noc_async_read(from.get_noc_addr(0), get_write_ptr(0), 64);
}
