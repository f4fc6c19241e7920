// gamma into c_3 and beta into c_4, once; then the result from c_16 to its row of tiles.
#include "api/dataflow/dataflow_api.h"

template <typename Accessor>
void read_row(uint32_t cb, const Accessor& from, uint32_t width) {
    cb_reserve_back(cb, width);
    uint32_t address = get_write_ptr(cb);
    for (uint32_t tile = 0; tile < width; ++tile, address += get_tile_size(cb)) {
        noc_async_read_page(tile, from, address);
    }
    noc_async_read_barrier();
    cb_push_back(cb, width);
}

void kernel_main() {
    constexpr uint32_t width = get_compile_time_arg_val(0);
    constexpr auto gamma_args = TensorAccessorArgs<1>();
    constexpr auto beta_args = TensorAccessorArgs<gamma_args.next_compile_time_args_offset()>();
    constexpr auto out_args = TensorAccessorArgs<beta_args.next_compile_time_args_offset()>();
    read_row(tt::CBIndex::c_3, TensorAccessor(gamma_args, get_arg_val<uint32_t>(0)), width);
    read_row(tt::CBIndex::c_4, TensorAccessor(beta_args, get_arg_val<uint32_t>(1)), width);
    const auto out = TensorAccessor(out_args, get_arg_val<uint32_t>(2));
    const uint32_t row = get_arg_val<uint32_t>(3);

    for (uint32_t tile = 0; tile < width; ++tile) {
        cb_wait_front(tt::CBIndex::c_16, 1);
        noc_async_write_page(row * width + tile, out, get_read_ptr(tt::CBIndex::c_16));
        noc_async_write_barrier();
        cb_pop_front(tt::CBIndex::c_16, 1);
    }
}
