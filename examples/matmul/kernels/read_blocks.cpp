#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t Nt = get_compile_time_arg_val(0);
    constexpr uint32_t Kt = get_compile_time_arg_val(1);
    constexpr uint32_t per_core_M = get_compile_time_arg_val(2);
    constexpr uint32_t per_core_N = get_compile_time_arg_val(3);
    constexpr uint32_t block_k = get_compile_time_arg_val(4);
    constexpr auto a_args = TensorAccessorArgs<5>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0));
    const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(1));
    const uint32_t first_row = get_arg_val<uint32_t>(2);
    const uint32_t first_column = get_arg_val<uint32_t>(3);
    const uint32_t tile_size = get_tile_size(tt::CBIndex::c_0);

    for (uint32_t k = 0; k < Kt; k += block_k) {
        cb_reserve_back(tt::CBIndex::c_0, per_core_M * block_k);
        uint32_t address = get_write_ptr(tt::CBIndex::c_0);
        for (uint32_t row = 0; row < per_core_M; ++row) {
            for (uint32_t inner = 0; inner < block_k; ++inner, address += tile_size) {
                noc_async_read_page((first_row + row) * Kt + k + inner, a, address);
            }
        }
        cb_reserve_back(tt::CBIndex::c_1, block_k * per_core_N);
        address = get_write_ptr(tt::CBIndex::c_1);
        for (uint32_t inner = 0; inner < block_k; ++inner) {
            for (uint32_t column = 0; column < per_core_N; ++column, address += tile_size) {
                noc_async_read_page((k + inner) * Nt + first_column + column, b, address);
            }
        }
        noc_async_read_barrier();
        cb_push_back(tt::CBIndex::c_0, per_core_M * block_k);
        cb_push_back(tt::CBIndex::c_1, block_k * per_core_N);
    }
}
