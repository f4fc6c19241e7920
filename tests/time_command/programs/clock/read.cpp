#include "dataflow_api.h"
#include "tools/profiler/kernel_profiler.hpp"

void kernel_main() {
    const uint32_t to = get_arg_val<uint32_t>(0);
    const uint64_t from = get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(1));
    volatile tt_l1_ptr uint32_t* result = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(to);
    DeviceZoneScopedN("READ");
    const uint32_t begin = get_timestamp_32b();
    noc_async_read(from, to + 64, 2048);
    noc_async_read_barrier();
    const uint32_t end = get_timestamp_32b();
    result[0] = end - begin;
}
