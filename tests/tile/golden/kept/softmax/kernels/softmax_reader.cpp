#include "api/dataflow/dataflow_api.h"

/// A bfloat16 tile of ones.
inline void fill_ones(uint32_t address) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t i = 0; i < 512; ++i) {
        words[i] = 0x3f803f80;
    }
}

void kernel_main() {
    constexpr uint32_t cb_x_in = tt::CBIndex::c_0;  // 2 blocks of 16 tiles
    constexpr uint32_t cb_ones = tt::CBIndex::c_6;  // a tile of ones: the factors of reductions
    const uint32_t X_address = get_arg_val<uint32_t>(0);
    const int32_t start = get_arg_val<int32_t>(1);
    const int32_t count = get_arg_val<int32_t>(2);
    constexpr auto X_args = TensorAccessorArgs<0>();
    const auto X = TensorAccessor(X_args, X_address, 2048);

    cb_reserve_back(cb_ones, 1);
    const auto ones_at = get_write_ptr(cb_ones);
    fill_ones(ones_at);
    cb_push_back(cb_ones, 1);
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block;
        // softmax.py:16  T.copy(X[bx * blk_m : (bx + 1) * blk_m, :], x)
        cb_reserve_back(cb_x_in, 16);
        const auto x_in_at = get_write_ptr(cb_x_in);
        for (int32_t column = 0; column < 16; ++column) {
            noc_async_read_page(bx * 16 + column, X, x_in_at + column * 2048);
        }
        noc_async_read_barrier();
        cb_push_back(cb_x_in, 16);
    }
}
