#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_y = tt::CBIndex::c_6;  // 2 blocks of 1 tile
    const uint32_t Y_address = get_arg_val<uint32_t>(0);
    const int32_t start = get_arg_val<int32_t>(1);
    const int32_t count = get_arg_val<int32_t>(2);
    constexpr auto Y_args = TensorAccessorArgs<0>();
    const auto Y = TensorAccessor(Y_args, Y_address, 4096);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = 0;
        const int32_t by = block % 2;
        const int32_t b = block / 2;
        // broadcasts.py:32  T.copy(y, Y[b, by * blk_m : (by + 1) * blk_m, bx * blk_n : (bx + 1) * blk_n])
        cb_wait_front(cb_y, 1);
        const auto y_at = get_read_ptr(cb_y);
        noc_async_write_page(b * 2 + by + bx, Y, y_at);
        noc_async_write_barrier();
        cb_pop_front(cb_y, 1);
    }
}
