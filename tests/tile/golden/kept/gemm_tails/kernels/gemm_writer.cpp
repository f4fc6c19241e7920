#include "api/dataflow/dataflow_api.h"

/// Sends a block to the same address of all cores of a rectangle, once each of them has said that it has room, and then
/// the flag that says that it has arrived.
inline void multicast_block(uint32_t address, uint32_t bytes, uint32_t from_x, uint32_t from_y, uint32_t to_x,
                            uint32_t to_y, uint32_t receivers, uint32_t ready_id, uint32_t valid_id) {
    const uint32_t ready = get_semaphore(ready_id);
    const uint32_t valid = get_semaphore(valid_id);
    noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready), receivers);
    noc_semaphore_set(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready), 0);
    noc_async_write_multicast(address, get_noc_multicast_addr(from_x, from_y, to_x, to_y, address), bytes, receivers);
#ifdef ARCH_BLACKHOLE
    noc_async_writes_flushed();  // there the flag could overtake the data
#endif
    noc_semaphore_set(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid), VALID);
    noc_semaphore_set_multicast(valid, get_noc_multicast_addr(from_x, from_y, to_x, to_y, valid), receivers);
}

/// Says that there is room, and waits until the sender's block has arrived.
inline void receive_block(uint32_t sender_x, uint32_t sender_y, uint32_t ready_id, uint32_t valid_id) {
    auto* valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(valid_id));
    noc_semaphore_set(valid, INVALID);
    noc_semaphore_inc(get_noc_addr(sender_x, sender_y, get_semaphore(ready_id)), 1);
    noc_semaphore_wait(valid, VALID);
}

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 3 blocks of 4 tiles
    constexpr uint32_t cb_c_out = tt::CBIndex::c_3;  // 2 blocks of 4 tiles
    const uint32_t A_address = get_arg_val<uint32_t>(0);
    const uint32_t C_address = get_arg_val<uint32_t>(1);
    const int32_t start = get_arg_val<int32_t>(2);
    const int32_t count = get_arg_val<int32_t>(3);
    const int32_t core_x = get_arg_val<int32_t>(4);
    const int32_t core_y = get_arg_val<int32_t>(5);
    const int32_t row_sender_x = get_arg_val<int32_t>(6);
    const int32_t row_sender_y = get_arg_val<int32_t>(7);
    const int32_t row_first_x = get_arg_val<int32_t>(8);
    const int32_t row_last_x = get_arg_val<int32_t>(9);
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A = TensorAccessor(A_args, A_address, 2048);
    constexpr auto C_args = TensorAccessorArgs<A_args.next_compile_time_args_offset()>();
    const auto C = TensorAccessor(C_args, C_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = core_x;
        const int32_t by = core_y;
        // gemm_eager.py:18  for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=3):
        for (int32_t k = 0; k < 1; ++k) {
            // gemm_eager.py:19  T.copy(A[by * block_M, k * block_K], a)
            cb_reserve_back(cb_a, 4);
            const auto a_at = get_write_ptr(cb_a);
            if (core_x == 0) {
                for (int32_t row = 0; row < 2; ++row) {
                    for (int32_t column = 0; column < 2; ++column) {
                        noc_async_read_page(by * 4 + row * 2 + k * 2 + column, A, a_at + row * 4096 + column * 2048);
                    }
                }
                noc_async_read_barrier();
                multicast_block(a_at, 8192, row_first_x, row_sender_y, row_last_x, row_sender_y, 1, 0, 1);
            } else {
                receive_block(row_sender_x, row_sender_y, 0, 1);
            }
            cb_push_back(cb_a, 4);
        }
        // gemm_eager.py:22  T.copy(c, C[by * block_M, bx * block_N])
        cb_wait_front(cb_c_out, 4);
        cb_wait_front(cb_c_out, 4);
        const auto c_out_at = get_read_ptr(cb_c_out);
        for (int32_t r = 0; r < 2; ++r) {
            for (int32_t c = 0; c < 2; ++c) {
                noc_async_write_page(by * 8 + r * 4 + bx * 2 + c, C, c_out_at + r * 4096 + c * 2048);
            }
        }
        noc_async_write_barrier();
        cb_pop_front(cb_c_out, 4);
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
