// The result arrives subblock by subblock.
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t Nt = get_compile_time_arg_val(0);
    constexpr uint32_t per_core_M = get_compile_time_arg_val(1);
    constexpr uint32_t per_core_N = get_compile_time_arg_val(2);
    constexpr uint32_t subblock_h = get_compile_time_arg_val(3);
    constexpr uint32_t subblock_w = get_compile_time_arg_val(4);
    constexpr auto args = TensorAccessorArgs<5>();
    const auto c = TensorAccessor(args, get_arg_val<uint32_t>(0));
    const uint32_t first_row = get_arg_val<uint32_t>(1);
    const uint32_t first_column = get_arg_val<uint32_t>(2);
    const uint32_t tile_size = get_tile_size(tt::CBIndex::c_16);

    for (uint32_t row = 0; row < per_core_M; row += subblock_h) {
        for (uint32_t column = 0; column < per_core_N; column += subblock_w) {
            cb_wait_front(tt::CBIndex::c_16, subblock_h * subblock_w);
            uint32_t address = get_read_ptr(tt::CBIndex::c_16);
            for (uint32_t h = 0; h < subblock_h; ++h) {
                for (uint32_t w = 0; w < subblock_w; ++w, address += tile_size) {
                    noc_async_write_page((first_row + row + h) * Nt + first_column + column + w, c, address);
                }
            }
            noc_async_write_barrier();
            cb_pop_front(tt::CBIndex::c_16, subblock_h * subblock_w);
        }
    }
}
