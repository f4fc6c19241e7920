// The experimental names.
#include "api/dataflow/dataflow_api.h"
#include "experimental/circular_buffer.h"
#include "experimental/noc.h"
#include "experimental/tensor.h"

void kernel_main() {
    const uint32_t first = get_arg_val<uint32_t>(1);
    const uint32_t tiles = get_arg_val<uint32_t>(2);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0));
    experimental::Noc noc;
    experimental::CircularBuffer cb(tt::CBIndex::c_0);
    const uint32_t bytes = get_tile_size(tt::CBIndex::c_0);
    for (uint32_t i = first; i < first + tiles; i++) {
        cb.reserve_back(1);
        noc.async_read(in, cb, bytes, {.page_id = i}, {.offset_bytes = 0});
        noc.async_read_barrier();
        cb.push_back(1);
    }
}
