#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_c_out = tt::CBIndex::c_3;  // 2 blocks of 4 tiles
    const uint32_t C_address = get_arg_val<uint32_t>(0);
    const int32_t start = get_arg_val<int32_t>(1);
    const int32_t count = get_arg_val<int32_t>(2);
    const int32_t core_x = get_arg_val<int32_t>(3);
    const int32_t core_y = get_arg_val<int32_t>(4);
    constexpr auto C_args = TensorAccessorArgs<0>();
    const auto C = TensorAccessor(C_args, C_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = core_x;
        const int32_t by = core_y;
        // gemm_block_float.py:27  T.copy(c, C[by * block_M, bx * block_N])
        cb_wait_front(cb_c_out, 4);
        const auto c_out_at = get_read_ptr(cb_c_out);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 2; ++column) {
                noc_async_write_page(by * 8 + row * 4 + bx * 2 + column, C, c_out_at + row * 4096 + column * 2048);
            }
        }
        noc_async_write_barrier();
        cb_pop_front(cb_c_out, 4);
    }
}
