// The later names.
#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    const uint32_t first = get_arg_val<uint32_t>(1);
    const uint32_t tiles = get_arg_val<uint32_t>(2);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0));
    Noc noc;
    CircularBuffer cb(tt::CBIndex::c_16);
    const uint32_t bytes = get_tile_size(tt::CBIndex::c_16);
    for (uint32_t i = first; i < first + tiles; i++) {
        cb.wait_front(1);
        noc.async_write(cb, out, bytes, {.offset_bytes = 0}, {.page_id = i});
        noc.async_write_barrier();
        cb.pop_front(1);
    }
}
