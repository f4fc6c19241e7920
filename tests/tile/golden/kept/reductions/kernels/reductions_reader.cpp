#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_x = tt::CBIndex::c_0;  // 2 blocks of 16 tiles
    const uint32_t X_address = get_arg_val<uint32_t>(0);
    const int32_t start = get_arg_val<int32_t>(1);
    const int32_t count = get_arg_val<int32_t>(2);
    constexpr auto X_args = TensorAccessorArgs<0>();
    const auto X = TensorAccessor(X_args, X_address, 4096);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block;
        // reductions.py:21  T.copy(X[bx * block, 0], x)
        cb_reserve_back(cb_x, 16);
        const auto x_at = get_write_ptr(cb_x);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 8; ++column) {
                noc_async_read_page(bx * 16 + row * 8 + column, X, x_at + row * 32768 + column * 4096);
            }
        }
        noc_async_read_barrier();
        cb_push_back(cb_x, 16);
    }
}
