#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    constexpr uint32_t rows = get_compile_time_arg_val(0);
    constexpr uint32_t row_bytes = get_compile_time_arg_val(1);
    constexpr uint32_t padded_row_bytes = get_compile_time_arg_val(2);
    constexpr uint32_t pad_bits = get_compile_time_arg_val(3);
    constexpr auto args = TensorAccessorArgs<4>();
    const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0));
    const uint32_t first = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);

    for (uint32_t row = first; row < first + count; ++row) {
        cb_reserve_back(tt::CBIndex::c_0, 1);
        const uint32_t address = get_write_ptr(tt::CBIndex::c_0);
        const uint32_t data_bytes = row < rows ? row_bytes : 0;
        auto* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(address);
        for (uint32_t word = data_bytes / sizeof(uint32_t); word < padded_row_bytes / sizeof(uint32_t); ++word) {
            words[word] = pad_bits;
        }
        if (data_bytes != 0) {
            noc_async_read(in.get_noc_addr(row), address, data_bytes);
            noc_async_read_barrier();
        }
        cb_push_back(tt::CBIndex::c_0, 1);
    }
}
