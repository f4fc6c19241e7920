#include "api/dataflow/dataflow_api.h"

/// Once everything that was written has arrived, lets the next core go on.
inline void pass_turn(uint32_t next_x, uint32_t next_y, uint32_t turns_id) {
    noc_async_write_barrier();
    noc_semaphore_inc(get_noc_addr(next_x, next_y, get_semaphore(turns_id)), 1);
}

/// Of a core that has had its last turn: passes the turns of the others on, from `turns` on, until none of the `cores`
/// takes more. Each tells the next how many before it, one after the other, take no more.
inline void relay_turns(uint32_t next_x, uint32_t next_y, uint32_t turns_id, uint32_t ended_id, uint32_t turns,
                        uint32_t cores) {
    auto* done = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(turns_id));
    auto* before = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(ended_id));
    for (uint32_t ended = 0; ended < cores; ++turns) {
        noc_semaphore_wait_min(done, turns);
        ended = *before + 1;
        noc_inline_dw_write(get_noc_addr(next_x, next_y, get_semaphore(ended_id)), ended);
        pass_turn(next_x, next_y, turns_id);
    }
}

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_C_after = tt::CBIndex::c_5;  // 2 blocks of 8 tiles
    const uint32_t A_address = get_arg_val<uint32_t>(0);
    const uint32_t C_address = get_arg_val<uint32_t>(1);
    const int32_t start = get_arg_val<int32_t>(2);
    const int32_t count = get_arg_val<int32_t>(3);
    const int32_t next_x = get_arg_val<int32_t>(4);
    const int32_t next_y = get_arg_val<int32_t>(5);
    const int32_t ahead = get_arg_val<int32_t>(6);
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A = TensorAccessor(A_args, A_address, 2048);
    constexpr auto C_args = TensorAccessorArgs<A_args.next_compile_time_args_offset()>();
    const auto C = TensorAccessor(C_args, C_address, 4096);

    int32_t turns_taken = 0;
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t lane = block % 4;
        const int32_t bx = 0;
        const int32_t by = block / 4;
        // gemm_splitk.py:17  for k in T.Pipelined(T.ceildiv(each, block_K), num_stages=2):
        for (int32_t k = 0; k < 8; ++k) {
            // gemm_splitk.py:18  T.copy(A[by * block_M, bz * each + k * block_K], a)
            cb_reserve_back(cb_a, 2);
            const auto a_at = get_write_ptr(cb_a);
            for (int32_t row = 0; row < 2; ++row) {
                noc_async_read_page(by * 64 + row * 32 + lane * 8 + k, A, a_at + row * 2048);
            }
            noc_async_read_barrier();
            cb_push_back(cb_a, 2);
        }
        // gemm_splitk.py:22  T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])
        cb_wait_front(cb_C_after, 8);
        const auto C_after_at = get_read_ptr(cb_C_after);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 4; ++column) {
                noc_async_write_page(by * 8 + row * 4 + bx * 4 + column, C, C_after_at + row * 16384 + column * 4096);
            }
        }
        noc_async_write_barrier();
        cb_pop_front(cb_C_after, 8);
        pass_turn(next_x, next_y, 0);
        turns_taken = turns_taken + 1;
    }
    relay_turns(next_x, next_y, 0, 1, turns_taken + ahead, 4);
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
