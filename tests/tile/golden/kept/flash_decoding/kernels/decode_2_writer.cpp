#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_sum_o_out = tt::CBIndex::c_7;  // 2 blocks of 2 tiles
    const uint32_t Output_address = get_arg_val<uint32_t>(0);
    const int32_t start = get_arg_val<int32_t>(1);
    const int32_t count = get_arg_val<int32_t>(2);
    constexpr auto Output_args = TensorAccessorArgs<0>();
    const auto Output = TensorAccessor(Output_args, Output_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t b_1 = 0;
        // flash_decoding.py:80  T.copy(sum_o, Output[b, :, :])
        cb_wait_front(cb_sum_o_out, 2);
        const auto sum_o_out_at = get_read_ptr(cb_sum_o_out);
        for (int32_t column = 0; column < 2; ++column) {
            noc_async_write_page(b_1 * 2 + column, Output, sum_o_out_at + column * 2048);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_sum_o_out, 2);
    }
}
