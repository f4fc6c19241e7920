#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_l = tt::CBIndex::c_0;  // 2 blocks of 1 tile
    constexpr uint32_t cb_o_1 = tt::CBIndex::c_1;  // 2 blocks of 2 tiles
    const uint32_t lse_address = get_arg_val<uint32_t>(0);
    const uint32_t parts_address = get_arg_val<uint32_t>(1);
    const int32_t start = get_arg_val<int32_t>(2);
    const int32_t count = get_arg_val<int32_t>(3);
    constexpr auto lse_args = TensorAccessorArgs<0>();
    const auto lse = TensorAccessor(lse_args, lse_address, 4096);
    constexpr auto parts_args = TensorAccessorArgs<lse_args.next_compile_time_args_offset()>();
    const auto parts = TensorAccessor(parts_args, parts_address, 4096);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t b_1 = 0;
        // flash_decoding.py:66  for n in T.serial(splits):
        for (int32_t n_1 = 0; n_1 < 4; ++n_1) {
            // flash_decoding.py:67  T.copy(lse[b, n, :], l)
            cb_reserve_back(cb_l, 1);
            const auto l_at = get_write_ptr(cb_l);
            noc_async_read_page(b_1 * 4 + n_1, lse, l_at);
            noc_async_read_barrier();
            cb_push_back(cb_l, 1);
        }
        // flash_decoding.py:70  for n in T.serial(splits):
        for (int32_t n_2 = 0; n_2 < 4; ++n_2) {
            // flash_decoding.py:71  T.copy(lse[b, n, :], l)
            cb_reserve_back(cb_l, 1);
            const auto l_at = get_write_ptr(cb_l);
            noc_async_read_page(b_1 * 4 + n_2, lse, l_at);
            // flash_decoding.py:72  T.copy(parts[b, n, :, :], o)
            cb_reserve_back(cb_o_1, 2);
            const auto o_1_at = get_write_ptr(cb_o_1);
            for (int32_t column = 0; column < 2; ++column) {
                noc_async_read_page(b_1 * 8 + n_2 * 2 + column, parts, o_1_at + column * 4096);
            }
            noc_async_read_barrier();
            // flash_decoding.py:71  T.copy(lse[b, n, :], l)
            cb_push_back(cb_l, 1);
            // flash_decoding.py:72  T.copy(parts[b, n, :, :], o)
            cb_push_back(cb_o_1, 2);
        }
    }
}
