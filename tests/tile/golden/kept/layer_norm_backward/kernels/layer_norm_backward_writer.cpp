#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_dy_out = tt::CBIndex::c_18;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dGamma_sum_out = tt::CBIndex::c_19;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dBeta_sum_out = tt::CBIndex::c_20;  // 2 blocks of 8 tiles
    const uint32_t dBeta_address = get_arg_val<uint32_t>(0);
    const uint32_t dGamma_address = get_arg_val<uint32_t>(1);
    const uint32_t dX_address = get_arg_val<uint32_t>(2);
    const int32_t start = get_arg_val<int32_t>(3);
    const int32_t count = get_arg_val<int32_t>(4);
    constexpr auto dBeta_args = TensorAccessorArgs<0>();
    const auto dBeta = TensorAccessor(dBeta_args, dBeta_address, 4096);
    constexpr auto dGamma_args = TensorAccessorArgs<dBeta_args.next_compile_time_args_offset()>();
    const auto dGamma = TensorAccessor(dGamma_args, dGamma_address, 4096);
    constexpr auto dX_args = TensorAccessorArgs<dGamma_args.next_compile_time_args_offset()>();
    const auto dX = TensorAccessor(dX_args, dX_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        // layer_norm_backward.py:22  with T.Kernel(T.ceildiv(M, blk_m)) as bx:
        for (int32_t bx = 0; bx < 4; ++bx) {
            // layer_norm_backward.py:50  T.copy(dy, dX[bx * blk_m, 0])
            cb_wait_front(cb_dy_out, 8);
            const auto dy_out_at = get_read_ptr(cb_dy_out);
            for (int32_t column = 0; column < 8; ++column) {
                noc_async_write_page(bx * 8 + column, dX, dy_out_at + column * 2048);
            }
            noc_async_write_barrier();
            cb_pop_front(cb_dy_out, 8);
        }
        // layer_norm_backward.py:52  T.atomic_add(dGamma[j], d_gamma[j])
        cb_wait_front(cb_dGamma_sum_out, 8);
        const auto dGamma_sum_out_at = get_read_ptr(cb_dGamma_sum_out);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_write_page(column, dGamma, dGamma_sum_out_at + column * 4096);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_dGamma_sum_out, 8);
        // layer_norm_backward.py:53  T.atomic_add(dBeta[j], d_beta[j])
        cb_wait_front(cb_dBeta_sum_out, 8);
        const auto dBeta_sum_out_at = get_read_ptr(cb_dBeta_sum_out);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_write_page(column, dBeta, dBeta_sum_out_at + column * 4096);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_dBeta_sum_out, 8);
    }
}
