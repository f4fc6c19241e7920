// For each output tile: the row of A's tiles and the column of B's.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr auto a_args = TensorAccessorArgs<0>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0));
    const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(1));
    const uint32_t Nt = get_arg_val<uint32_t>(2);
    const uint32_t Kt = get_arg_val<uint32_t>(3);
    const uint32_t first = get_arg_val<uint32_t>(4);
    const uint32_t count = get_arg_val<uint32_t>(5);

    for (uint32_t out = first; out < first + count; ++out) {
        const uint32_t row = out / Nt;
        const uint32_t column = out % Nt;
        for (uint32_t k = 0; k < Kt; ++k) {
            cb_reserve_back(tt::CBIndex::c_0, 1);
            cb_reserve_back(tt::CBIndex::c_1, 1);
            noc_async_read_page(row * Kt + k, a, get_write_ptr(tt::CBIndex::c_0));
            noc_async_read_page(k * Nt + column, b, get_write_ptr(tt::CBIndex::c_1));
            noc_async_read_barrier();
            cb_push_back(tt::CBIndex::c_0, 1);
            cb_push_back(tt::CBIndex::c_1, 1);
        }
    }
}
