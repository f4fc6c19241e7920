#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_o_out = tt::CBIndex::c_11;  // 2 blocks of 4 tiles
    const uint32_t Output_address = get_arg_val<uint32_t>(0);
    const int32_t start = get_arg_val<int32_t>(1);
    const int32_t count = get_arg_val<int32_t>(2);
    constexpr auto Output_args = TensorAccessorArgs<0>();
    const auto Output = TensorAccessor(Output_args, Output_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block % 4;
        const int32_t by = block / 4;
        const int32_t bz = 0;
        // flash_attention.py:72  T.copy(o, Output[bz, bx * block_M : (bx + 1) * block_M, by, :])
        cb_wait_front(cb_o_out, 4);
        const auto o_out_at = get_read_ptr(cb_o_out);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 2; ++column) {
                noc_async_write_page(
                        bz * 32 + by * 16 + bx * 4 + row * 2 + column, Output, o_out_at + row * 4096 + column * 2048);
            }
        }
        noc_async_write_barrier();
        cb_pop_front(cb_o_out, 4);
    }
}
