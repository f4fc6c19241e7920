#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_v = tt::CBIndex::c_2;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_o_out = tt::CBIndex::c_11;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_total_out = tt::CBIndex::c_12;  // 2 blocks of 1 tile
    const uint32_t V_address = get_arg_val<uint32_t>(0);
    const uint32_t lse_address = get_arg_val<uint32_t>(1);
    const uint32_t parts_address = get_arg_val<uint32_t>(2);
    const int32_t start = get_arg_val<int32_t>(3);
    const int32_t count = get_arg_val<int32_t>(4);
    const int32_t core_x = get_arg_val<int32_t>(5);
    const int32_t core_y = get_arg_val<int32_t>(6);
    constexpr auto V_args = TensorAccessorArgs<0>();
    const auto V = TensorAccessor(V_args, V_address, 2048);
    constexpr auto lse_args = TensorAccessorArgs<V_args.next_compile_time_args_offset()>();
    const auto lse = TensorAccessor(lse_args, lse_address, 4096);
    constexpr auto parts_args = TensorAccessorArgs<lse_args.next_compile_time_args_offset()>();
    const auto parts = TensorAccessor(parts_args, parts_address, 4096);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t part = core_x;
        const int32_t b = core_y;
        // flash_decoding.py:35  for n in T.Pipelined(each // block_N, num_stages=2):
        for (int32_t n = 0; n < 2; ++n) {
            // flash_decoding.py:37  T.copy(V[b, part * each + n * block_N, 0], v)
            cb_reserve_back(cb_v, 4);
            const auto v_at = get_write_ptr(cb_v);
            for (int32_t row = 0; row < 2; ++row) {
                for (int32_t column = 0; column < 2; ++column) {
                    noc_async_read_page(
                            b * 32 + part * 8 + n * 4 + row * 2 + column, V, v_at + row * 4096 + column * 2048);
                }
            }
            noc_async_read_barrier();
            cb_push_back(cb_v, 4);
        }
        // flash_decoding.py:55  T.copy(total, lse[b, part, :])
        cb_wait_front(cb_total_out, 1);
        const auto total_out_at = get_read_ptr(cb_total_out);
        noc_async_write_page(b * 4 + part, lse, total_out_at);
        // flash_decoding.py:56  T.copy(o, parts[b, part, :, :])
        cb_wait_front(cb_o_out, 2);
        const auto o_out_at = get_read_ptr(cb_o_out);
        for (int32_t column = 0; column < 2; ++column) {
            noc_async_write_page(b * 8 + part * 2 + column, parts, o_out_at + column * 4096);
        }
        noc_async_write_barrier();
        // flash_decoding.py:55  T.copy(total, lse[b, part, :])
        cb_pop_front(cb_total_out, 1);
        // flash_decoding.py:56  T.copy(o, parts[b, part, :, :])
        cb_pop_front(cb_o_out, 2);
    }
}
