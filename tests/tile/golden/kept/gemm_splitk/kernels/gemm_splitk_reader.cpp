#include "api/dataflow/dataflow_api.h"

/// Waits until so many turns are over on the core before.
inline void take_turn(uint32_t turns_id, uint32_t turns) {
    noc_semaphore_wait_min(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(turns_id)), turns);
}

void kernel_main() {
    constexpr uint32_t cb_b = tt::CBIndex::c_1;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_C_before = tt::CBIndex::c_2;  // 2 blocks of 8 tiles
    const uint32_t B_address = get_arg_val<uint32_t>(0);
    const uint32_t C_address = get_arg_val<uint32_t>(1);
    const int32_t start = get_arg_val<int32_t>(2);
    const int32_t count = get_arg_val<int32_t>(3);
    const int32_t ahead = get_arg_val<int32_t>(4);
    constexpr auto B_args = TensorAccessorArgs<0>();
    const auto B = TensorAccessor(B_args, B_address, 2048);
    constexpr auto C_args = TensorAccessorArgs<B_args.next_compile_time_args_offset()>();
    const auto C = TensorAccessor(C_args, C_address, 4096);

    int32_t turns_taken = 0;
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t lane = block % 4;
        const int32_t bx = 0;
        const int32_t by = block / 4;
        // gemm_splitk.py:17  for k in T.Pipelined(T.ceildiv(each, block_K), num_stages=2):
        for (int32_t k = 0; k < 8; ++k) {
            // gemm_splitk.py:19  T.copy(B[bz * each + k * block_K, bx * block_N], b)
            cb_reserve_back(cb_b, 4);
            const auto b_at = get_write_ptr(cb_b);
            for (int32_t column = 0; column < 4; ++column) {
                noc_async_read_page(lane * 32 + k * 4 + bx * 4 + column, B, b_at + column * 2048);
            }
            noc_async_read_barrier();
            cb_push_back(cb_b, 4);
        }
        // gemm_splitk.py:22  T.atomic_add(C[by * block_M + i, bx * block_N + j], c[i, j])
        cb_reserve_back(cb_C_before, 8);
        take_turn(0, turns_taken + ahead);
        const auto C_before_at = get_write_ptr(cb_C_before);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 4; ++column) {
                noc_async_read_page(by * 8 + row * 4 + bx * 4 + column, C, C_before_at + row * 16384 + column * 4096);
            }
        }
        noc_async_read_barrier();
        cb_push_back(cb_C_before, 8);
        turns_taken = turns_taken + 1;
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
