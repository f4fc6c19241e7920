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
    constexpr uint32_t cb_a = tt::CBIndex::c_1;  // 2 blocks of 16 tiles
    constexpr uint32_t cb_C_sum_out = tt::CBIndex::c_6;  // 2 blocks of 4 tiles
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
    const auto C = TensorAccessor(C_args, C_address, 4096);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = core_x;
        const int32_t by = core_y;
        // gemm_splitk.py:12  with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), split_k) as (bx, by, bz):
        for (int32_t bz = 0; bz < 4; ++bz) {
            // gemm_splitk.py:17  for k in T.Pipelined(T.ceildiv(each, block_K), num_stages=2):
            for (int32_t k = 0; k < 1; ++k) {
                // gemm_splitk.py:18  T.copy(A[by * block_M, bz * each + k * block_K], a)
                cb_reserve_back(cb_a, 16);
                const auto a_at = get_write_ptr(cb_a);
                if (core_x == 0) {
                    for (int32_t row = 0; row < 2; ++row) {
                        for (int32_t column = 0; column < 8; ++column) {
                            noc_async_read_page(
                                    by * 64 + row * 32 + bz * 8 + k * 8 + column, A,
                                    a_at + row * 16384 + column * 2048);
                        }
                    }
                    noc_async_read_barrier();
                    multicast_block(a_at, 32768, row_first_x, row_sender_y, row_last_x, row_sender_y, 1, 0, 1);
                } else {
                    receive_block(row_sender_x, row_sender_y, 0, 1);
                }
                cb_push_back(cb_a, 16);
            }
        }
        // gemm_splitk.py:22  T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])
        cb_wait_front(cb_C_sum_out, 4);
        const auto C_sum_out_at = get_read_ptr(cb_C_sum_out);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 2; ++column) {
                noc_async_write_page(by * 8 + row * 4 + bx * 2 + column, C, C_sum_out_at + row * 8192 + column * 4096);
            }
        }
        noc_async_write_barrier();
        cb_pop_front(cb_C_sum_out, 4);
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
