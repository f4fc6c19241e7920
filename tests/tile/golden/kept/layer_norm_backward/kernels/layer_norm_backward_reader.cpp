#include "api/dataflow/dataflow_api.h"

/// A bfloat16 tile of ones.
inline void fill_ones(uint32_t address) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t i = 0; i < 512; ++i) {
        words[i] = 0x3f803f80;
    }
}

/// Waits until so many turns are over on the core before.
inline void take_turn(uint32_t turns_id, uint32_t turns) {
    noc_semaphore_wait_min(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(turns_id)), turns);
}

void kernel_main() {
    constexpr uint32_t cb_gamma = tt::CBIndex::c_0;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_mean = tt::CBIndex::c_1;  // 2 blocks of 1 tile
    constexpr uint32_t cb_rstd = tt::CBIndex::c_2;  // 2 blocks of 1 tile
    constexpr uint32_t cb_dy_in = tt::CBIndex::c_3;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_x_in = tt::CBIndex::c_4;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dGamma_before = tt::CBIndex::c_5;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_dBeta_before = tt::CBIndex::c_6;  // 2 blocks of 8 tiles
    constexpr uint32_t cb_ones = tt::CBIndex::c_19;  // a tile of ones: the factors of reductions
    const uint32_t Gamma_address = get_arg_val<uint32_t>(0);
    const uint32_t Mean_address = get_arg_val<uint32_t>(1);
    const uint32_t Rstd_address = get_arg_val<uint32_t>(2);
    const uint32_t X_address = get_arg_val<uint32_t>(3);
    const uint32_t dBeta_address = get_arg_val<uint32_t>(4);
    const uint32_t dGamma_address = get_arg_val<uint32_t>(5);
    const uint32_t dY_address = get_arg_val<uint32_t>(6);
    const int32_t start = get_arg_val<int32_t>(7);
    const int32_t count = get_arg_val<int32_t>(8);
    const int32_t ahead = get_arg_val<int32_t>(9);
    constexpr auto Gamma_args = TensorAccessorArgs<0>();
    const auto Gamma = TensorAccessor(Gamma_args, Gamma_address, 2048);
    constexpr auto Mean_args = TensorAccessorArgs<Gamma_args.next_compile_time_args_offset()>();
    const auto Mean = TensorAccessor(Mean_args, Mean_address, 4096);
    constexpr auto Rstd_args = TensorAccessorArgs<Mean_args.next_compile_time_args_offset()>();
    const auto Rstd = TensorAccessor(Rstd_args, Rstd_address, 4096);
    constexpr auto X_args = TensorAccessorArgs<Rstd_args.next_compile_time_args_offset()>();
    const auto X = TensorAccessor(X_args, X_address, 2048);
    constexpr auto dBeta_args = TensorAccessorArgs<X_args.next_compile_time_args_offset()>();
    const auto dBeta = TensorAccessor(dBeta_args, dBeta_address, 4096);
    constexpr auto dGamma_args = TensorAccessorArgs<dBeta_args.next_compile_time_args_offset()>();
    const auto dGamma = TensorAccessor(dGamma_args, dGamma_address, 4096);
    constexpr auto dY_args = TensorAccessorArgs<dGamma_args.next_compile_time_args_offset()>();
    const auto dY = TensorAccessor(dY_args, dY_address, 2048);

    int32_t turns_taken = 0;
    cb_reserve_back(cb_ones, 1);
    const auto ones_at = get_write_ptr(cb_ones);
    fill_ones(ones_at);
    cb_push_back(cb_ones, 1);
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t lane = block;
        // layer_norm_backward.py:33  T.copy(Gamma, gamma)
        cb_reserve_back(cb_gamma, 8);
        const auto gamma_at = get_write_ptr(cb_gamma);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_read_page(column, Gamma, gamma_at + column * 2048);
        }
        // layer_norm_backward.py:34  T.copy(Mean[bx * blk_m : (bx + 1) * blk_m], mean)
        cb_reserve_back(cb_mean, 1);
        const auto mean_at = get_write_ptr(cb_mean);
        noc_async_read_page(lane, Mean, mean_at);
        // layer_norm_backward.py:35  T.copy(Rstd[bx * blk_m : (bx + 1) * blk_m], rstd)
        cb_reserve_back(cb_rstd, 1);
        const auto rstd_at = get_write_ptr(cb_rstd);
        noc_async_read_page(lane, Rstd, rstd_at);
        // layer_norm_backward.py:36  T.copy(dY[bx * blk_m, 0], dy)
        cb_reserve_back(cb_dy_in, 8);
        const auto dy_in_at = get_write_ptr(cb_dy_in);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_read_page(lane * 8 + column, dY, dy_in_at + column * 2048);
        }
        // layer_norm_backward.py:37  T.copy(X[bx * blk_m, 0], x)
        cb_reserve_back(cb_x_in, 8);
        const auto x_in_at = get_write_ptr(cb_x_in);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_read_page(lane * 8 + column, X, x_in_at + column * 2048);
        }
        noc_async_read_barrier();
        // layer_norm_backward.py:33  T.copy(Gamma, gamma)
        cb_push_back(cb_gamma, 8);
        // layer_norm_backward.py:34  T.copy(Mean[bx * blk_m : (bx + 1) * blk_m], mean)
        cb_push_back(cb_mean, 1);
        // layer_norm_backward.py:35  T.copy(Rstd[bx * blk_m : (bx + 1) * blk_m], rstd)
        cb_push_back(cb_rstd, 1);
        // layer_norm_backward.py:36  T.copy(dY[bx * blk_m, 0], dy)
        cb_push_back(cb_dy_in, 8);
        // layer_norm_backward.py:37  T.copy(X[bx * blk_m, 0], x)
        cb_push_back(cb_x_in, 8);
        // layer_norm_backward.py:52  T.atomic_add(dGamma[j], d_gamma[j])
        cb_reserve_back(cb_dGamma_before, 8);
        take_turn(0, turns_taken + ahead);
        const auto dGamma_before_at = get_write_ptr(cb_dGamma_before);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_read_page(column, dGamma, dGamma_before_at + column * 4096);
        }
        noc_async_read_barrier();
        cb_push_back(cb_dGamma_before, 8);
        turns_taken = turns_taken + 1;
        // layer_norm_backward.py:53  T.atomic_add(dBeta[j], d_beta[j])
        cb_reserve_back(cb_dBeta_before, 8);
        take_turn(0, turns_taken + ahead);
        const auto dBeta_before_at = get_write_ptr(cb_dBeta_before);
        for (int32_t column = 0; column < 8; ++column) {
            noc_async_read_page(column, dBeta, dBeta_before_at + column * 4096);
        }
        noc_async_read_barrier();
        cb_push_back(cb_dBeta_before, 8);
        turns_taken = turns_taken + 1;
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}
