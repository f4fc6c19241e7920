#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    constexpr auto a_args = TensorAccessorArgs<0>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0));
    const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(1));
    Noc noc;
    CircularBuffer a_buffer(tt::CBIndex::c_0), b_buffer(tt::CBIndex::c_1);
    a_buffer.reserve_back(1);
    b_buffer.reserve_back(1);
    noc.async_read(a, a_buffer, get_tile_size(tt::CBIndex::c_0), {.page_id = 0}, {.offset_bytes = 0});
    noc.async_read(b, b_buffer, get_tile_size(tt::CBIndex::c_1), {.page_id = 0}, {.offset_bytes = 0});
    noc.async_read_barrier();
    a_buffer.push_back(1);
    b_buffer.push_back(1);
}
