// A tile of the reduction's scaler into c_1, then `count` rows of `width` tiles, from row `first` on, into c_0.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t width = get_compile_time_arg_val(0);
    constexpr uint32_t scaler = get_compile_time_arg_val(1);  // bfloat16 bits
    constexpr auto args = TensorAccessorArgs<2>();
    const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0));
    const uint32_t first = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);
    const uint32_t tile_size = get_tile_size(tt::CBIndex::c_0);

    cb_reserve_back(tt::CBIndex::c_1, 1);
    auto* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(tt::CBIndex::c_1));
    for (uint32_t word = 0; word < get_tile_size(tt::CBIndex::c_1) / sizeof(uint32_t); ++word) {
        words[word] = scaler | scaler << 16;
    }
    cb_push_back(tt::CBIndex::c_1, 1);

    for (uint32_t row = first; row < first + count; ++row) {
        cb_reserve_back(tt::CBIndex::c_0, width);
        uint32_t address = get_write_ptr(tt::CBIndex::c_0);
        for (uint32_t column = 0; column < width; ++column, address += tile_size) {
            noc_async_read_page(row * width + column, in, address);
        }
        noc_async_read_barrier();
        cb_push_back(tt::CBIndex::c_0, width);
    }
}
