#include "api/dataflow/dataflow_api.h"

template <class T>
inline T min_of(T a, T b) {
    return b < a ? b : a;
}

void kernel_main() {
    constexpr uint32_t cb_v = tt::CBIndex::c_2;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_o_out = tt::CBIndex::c_12;  // 2 blocks of 4 tiles
    const uint32_t Output_address = get_arg_val<uint32_t>(0);
    const uint32_t V_address = get_arg_val<uint32_t>(1);
    const int32_t start = get_arg_val<int32_t>(2);
    const int32_t count = get_arg_val<int32_t>(3);
    constexpr auto Output_args = TensorAccessorArgs<0>();
    const auto Output = TensorAccessor(Output_args, Output_address, 2048);
    constexpr auto V_args = TensorAccessorArgs<Output_args.next_compile_time_args_offset()>();
    const auto V = TensorAccessor(V_args, V_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block % 4;
        const int32_t by = block / 4;
        const int32_t bz = 0;
        // flash_attention.py:58  for n in T.Pipelined(reach, num_stages=num_stages):
        for (int32_t n = 0; n < min_of<int32_t>(4, ((bx + 1) * 64 + 63) / 64); ++n) {
            // flash_attention.py:78  T.copy(V[bz, n * block_N : (n + 1) * block_N, by, :], v)
            cb_reserve_back(cb_v, 4);
            const auto v_at = get_write_ptr(cb_v);
            for (int32_t row = 0; row < 2; ++row) {
                for (int32_t column = 0; column < 2; ++column) {
                    noc_async_read_page(
                            bz * 32 + by * 16 + n * 4 + row * 2 + column, V, v_at + row * 4096 + column * 2048);
                }
            }
            noc_async_read_barrier();
            cb_push_back(cb_v, 4);
        }
        // flash_attention.py:82  T.copy(o, Output[bz, bx * block_M : (bx + 1) * block_M, by, :])
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
