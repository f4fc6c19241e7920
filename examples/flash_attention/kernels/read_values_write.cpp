// Values in, results out.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t rows = get_compile_time_arg_val(0);
    constexpr uint32_t columns = get_compile_time_arg_val(1);
    constexpr uint32_t width = get_compile_time_arg_val(2);
    constexpr uint32_t blocks = get_compile_time_arg_val(3);
    constexpr bool causal = get_compile_time_arg_val(4) == 1;
    constexpr auto v_args = TensorAccessorArgs<5>();
    constexpr auto out_args = TensorAccessorArgs<v_args.next_compile_time_args_offset()>();
    const auto values = TensorAccessor(v_args, get_arg_val<uint32_t>(0));
    const auto results = TensorAccessor(out_args, get_arg_val<uint32_t>(1));
    const uint32_t first_block = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    constexpr auto v = tt::CBIndex::c_2, out = tt::CBIndex::c_16;
    constexpr uint32_t tile_size = get_tile_size(v);

    for (uint32_t block = first_block; block < first_block + count; ++block) {
        const uint32_t seen = causal ? block % blocks + 1 : blocks;
        uint32_t page = block / blocks * blocks * columns * width;
        for (uint32_t n = 0; n < seen; ++n) {
            cb_reserve_back(v, columns * width);
            uint32_t address = get_write_ptr(v);
            for (uint32_t tile = 0; tile < columns * width; ++tile, ++page, address += tile_size) {
                noc_async_read_page(page, values, address);
            }
            noc_async_read_barrier();
            cb_push_back(v, columns * width);
        }
        cb_wait_front(out, rows * width);
        uint32_t address = get_read_ptr(out);
        for (uint32_t tile = 0; tile < rows * width; ++tile, address += tile_size) {
            noc_async_write_page(block * rows * width + tile, results, address);
        }
        noc_async_write_barrier();
        cb_pop_front(out, rows * width);
    }
}
