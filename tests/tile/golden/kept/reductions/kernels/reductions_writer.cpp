#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t cb_out = tt::CBIndex::c_1;  // 2 blocks of 2 tiles
    const uint32_t Least_address = get_arg_val<uint32_t>(0);
    const uint32_t Most_address = get_arg_val<uint32_t>(1);
    const uint32_t Size_address = get_arg_val<uint32_t>(2);
    const uint32_t Sum_address = get_arg_val<uint32_t>(3);
    const int32_t start = get_arg_val<int32_t>(4);
    const int32_t count = get_arg_val<int32_t>(5);
    constexpr auto Least_args = TensorAccessorArgs<0>();
    const auto Least = TensorAccessor(Least_args, Least_address, 4096);
    constexpr auto Most_args = TensorAccessorArgs<Least_args.next_compile_time_args_offset()>();
    const auto Most = TensorAccessor(Most_args, Most_address, 4096);
    constexpr auto Size_args = TensorAccessorArgs<Most_args.next_compile_time_args_offset()>();
    const auto Size = TensorAccessor(Size_args, Size_address, 4096);
    constexpr auto Sum_args = TensorAccessorArgs<Size_args.next_compile_time_args_offset()>();
    const auto Sum = TensorAccessor(Sum_args, Sum_address, 4096);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block;
        // reductions.py:25  T.copy(out, Sum[bx * block])
        cb_wait_front(cb_out, 2);
        const auto out_at = get_read_ptr(cb_out);
        for (int32_t row = 0; row < 2; ++row) {
            noc_async_write_page(bx * 2 + row, Sum, out_at + row * 4096);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_out, 2);
        // reductions.py:27  T.copy(out, Most[bx * block])
        cb_wait_front(cb_out, 2);
        const auto out_at_2 = get_read_ptr(cb_out);
        for (int32_t row = 0; row < 2; ++row) {
            noc_async_write_page(bx * 2 + row, Most, out_at_2 + row * 4096);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_out, 2);
        // reductions.py:29  T.copy(out, Least[bx * block])
        cb_wait_front(cb_out, 2);
        const auto out_at_3 = get_read_ptr(cb_out);
        for (int32_t row = 0; row < 2; ++row) {
            noc_async_write_page(bx * 2 + row, Least, out_at_3 + row * 4096);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_out, 2);
        // reductions.py:31  T.copy(out, Size[bx * block])
        cb_wait_front(cb_out, 2);
        const auto out_at_4 = get_read_ptr(cb_out);
        for (int32_t row = 0; row < 2; ++row) {
            noc_async_write_page(bx * 2 + row, Size, out_at_4 + row * 4096);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_out, 2);
    }
}
