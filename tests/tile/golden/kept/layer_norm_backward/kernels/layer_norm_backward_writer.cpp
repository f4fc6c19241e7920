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
    constexpr uint32_t cb_dy_out = tt::CBIndex::c_16;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dGamma_after = tt::CBIndex::c_17;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dBeta_after = tt::CBIndex::c_18;  // 2 blocks of 8 tiles
    const uint32_t dBeta_address = get_arg_val<uint32_t>(0);
    const uint32_t dGamma_address = get_arg_val<uint32_t>(1);
    const uint32_t dX_address = get_arg_val<uint32_t>(2);
    const int32_t start = get_arg_val<int32_t>(3);
    const int32_t count = get_arg_val<int32_t>(4);
    const int32_t next_x = get_arg_val<int32_t>(5);
    const int32_t next_y = get_arg_val<int32_t>(6);
    const int32_t ahead = get_arg_val<int32_t>(7);
    constexpr auto dBeta_args = TensorAccessorArgs<0>();
    const auto dBeta = TensorAccessor(dBeta_args, dBeta_address, 4096);
    constexpr auto dGamma_args = TensorAccessorArgs<dBeta_args.next_compile_time_args_offset()>();
    const auto dGamma = TensorAccessor(dGamma_args, dGamma_address, 4096);
    constexpr auto dX_args = TensorAccessorArgs<dGamma_args.next_compile_time_args_offset()>();
    const auto dX = TensorAccessor(dX_args, dX_address, 2048);

    int32_t turns_taken = 0;
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t lane = block;
        // layer_norm_backward.py:50  T.copy(dy, dX[bx * blk_m, 0])
        cb_wait_front(cb_dy_out, 8);
        const auto dy_out_at = get_read_ptr(cb_dy_out);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_write_page(lane * 8 + column, dX, dy_out_at + column * 2048);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_dy_out, 8);
        // layer_norm_backward.py:52  T.atomic_add(dGamma[j], d_gamma[j])
        cb_wait_front(cb_dGamma_after, 8);
        const auto dGamma_after_at = get_read_ptr(cb_dGamma_after);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_write_page(column, dGamma, dGamma_after_at + column * 4096);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_dGamma_after, 8);
        pass_turn(next_x, next_y, 0);
        turns_taken = turns_taken + 1;
        // layer_norm_backward.py:53  T.atomic_add(dBeta[j], d_beta[j])
        cb_wait_front(cb_dBeta_after, 8);
        const auto dBeta_after_at = get_read_ptr(cb_dBeta_after);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_write_page(column, dBeta, dBeta_after_at + column * 4096);
        }
        noc_async_write_barrier();
        cb_pop_front(cb_dBeta_after, 8);
        pass_turn(next_x, next_y, 0);
        turns_taken = turns_taken + 1;
    }
    relay_turns(next_x, next_y, 0, 1, turns_taken + ahead, 4);
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
