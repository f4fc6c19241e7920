#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr auto args0 = TensorAccessorArgs<0>();
    constexpr auto args1 = TensorAccessorArgs<args0.next_compile_time_args_offset()>();
    const auto in0 = TensorAccessor(args0, get_arg_val<uint32_t>(0));
    const auto in1 = TensorAccessor(args1, get_arg_val<uint32_t>(1));

    cb_reserve_back(tt::CBIndex::c_0, 1);
    cb_reserve_back(tt::CBIndex::c_1, 1);
    noc_async_read_page(0, in0, get_write_ptr(tt::CBIndex::c_0));
    noc_async_read_page(0, in1, get_write_ptr(tt::CBIndex::c_1));
    noc_async_read_barrier();
    cb_push_back(tt::CBIndex::c_0, 1);
    cb_push_back(tt::CBIndex::c_1, 1);
}
