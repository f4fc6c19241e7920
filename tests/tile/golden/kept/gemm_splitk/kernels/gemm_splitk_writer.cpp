#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_C_sum_out = tt::CBIndex::c_6;  // 2 blocks of 4 tiles
    const uint32_t C_address = get_arg_val<uint32_t>(0);
    const int32_t start = get_arg_val<int32_t>(1);
    const int32_t count = get_arg_val<int32_t>(2);
    const int32_t core_x = get_arg_val<int32_t>(3);
    const int32_t core_y = get_arg_val<int32_t>(4);
    constexpr auto C_args = TensorAccessorArgs<0>();
    const auto C = TensorAccessor(C_args, C_address, 4096);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = core_x;
        const int32_t by = core_y;
        // gemm_splitk.py:22  T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])
        cb_wait_front(cb_C_sum_out, 4);
        const auto C_sum_out_at = get_read_ptr(cb_C_sum_out);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 2; ++column) {
                noc_async_write_page(by * 8 + row * 4 + bx * 2 + column, C, C_sum_out_at + row * 8192 + column * 4096);
            }
        }
        noc_async_write_barrier();
        cb_pop_front(cb_C_sum_out, 4);
    }
}
