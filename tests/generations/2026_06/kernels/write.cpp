#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    constexpr auto args = TensorAccessorArgs<0>();
    const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0));
    Noc noc;
    CircularBuffer cb(tt::CBIndex::c_16);
    cb.wait_front(1);
    noc.async_write(cb, out, get_tile_size(tt::CBIndex::c_16), {.offset_bytes = 0}, {.page_id = 0});
    noc.async_write_barrier();
    cb.pop_front(1);
}
