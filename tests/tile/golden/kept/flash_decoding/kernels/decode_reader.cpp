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
    constexpr uint32_t cb_q = tt::CBIndex::c_0;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_k = tt::CBIndex::c_1;  // 2 blocks of 4 tiles
    const uint32_t K_address = get_arg_val<uint32_t>(0);
    const uint32_t Q_address = get_arg_val<uint32_t>(1);
    const int32_t start = get_arg_val<int32_t>(2);
    const int32_t count = get_arg_val<int32_t>(3);
    const int32_t core_x = get_arg_val<int32_t>(4);
    const int32_t core_y = get_arg_val<int32_t>(5);
    const int32_t row_sender_x = get_arg_val<int32_t>(6);
    const int32_t row_sender_y = get_arg_val<int32_t>(7);
    const int32_t row_first_x = get_arg_val<int32_t>(8);
    const int32_t row_last_x = get_arg_val<int32_t>(9);
    constexpr auto K_args = TensorAccessorArgs<0>();
    const auto K = TensorAccessor(K_args, K_address, 2048);
    constexpr auto Q_args = TensorAccessorArgs<K_args.next_compile_time_args_offset()>();
    const auto Q = TensorAccessor(Q_args, Q_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t part = core_x;
        const int32_t b = core_y;
        // flash_decoding.py:31  T.copy(Q[b, :, :], q)
        cb_reserve_back(cb_q, 2);
        const auto q_at = get_write_ptr(cb_q);
        if (core_x == 0) {
            for (int32_t column = 0; column < 2; ++column) {
                noc_async_read_page(b * 2 + column, Q, q_at + column * 2048);
            }
            noc_async_read_barrier();
            multicast_block(q_at, 4096, row_first_x, row_sender_y, row_last_x, row_sender_y, 3, 0, 1);
        } else {
            receive_block(row_sender_x, row_sender_y, 0, 1);
        }
        cb_push_back(cb_q, 2);
        // flash_decoding.py:35  for n in T.Pipelined(each // block_N, num_stages=2):
        for (int32_t n = 0; n < 2; ++n) {
            // flash_decoding.py:36  T.copy(K[b, part * each + n * block_N, 0], k)
            cb_reserve_back(cb_k, 4);
            const auto k_at = get_write_ptr(cb_k);
            for (int32_t row = 0; row < 2; ++row) {
                for (int32_t column = 0; column < 2; ++column) {
                    noc_async_read_page(
                            b * 32 + part * 8 + n * 4 + row * 2 + column, K, k_at + row * 4096 + column * 2048);
                }
            }
            noc_async_read_barrier();
            cb_push_back(cb_k, 4);
        }
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
