#include "api/dataflow/dataflow_api.h"

template <class T>
inline T min_of(T a, T b) {
    return b < a ? b : a;
}

/// The bits of a small number as bfloat16.
inline uint16_t small_bfloat16(uint32_t number) {
    uint32_t exponent = 0;
    while (number >> (exponent + 1) != 0) {
        ++exponent;
    }
    return number == 0 ? 0 : static_cast<uint16_t>((127 + exponent) << 7 | ((number << (7 - exponent)) & 0x7f));
}

/// A bfloat16 tile whose elements are their row.
inline void fill_row_index(uint32_t address) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t row = 0; row < 32; ++row) {
        const uint32_t pair = small_bfloat16(row) * 0x10001u;
        auto* left = words + row / 16 * 256 + row % 16 * 8;
        for (uint32_t i = 0; i < 8; ++i) {
            left[i] = pair;
            left[128 + i] = pair;
        }
    }
}

/// A bfloat16 tile whose elements are their column.
inline void fill_column_index(uint32_t address) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t column = 0; column < 32; column += 2) {
        const uint32_t pair = small_bfloat16(column) | static_cast<uint32_t>(small_bfloat16(column + 1)) << 16;
        auto* upper = words + column / 16 * 128 + column % 16 / 2;
        for (uint32_t row = 0; row < 16; ++row) {
            upper[row * 8] = pair;
            upper[256 + row * 8] = pair;
        }
    }
}

void kernel_main() {
    constexpr uint32_t cb_q = tt::CBIndex::c_0;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_k = tt::CBIndex::c_1;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_row_index = tt::CBIndex::c_13;  // a tile whose elements are their row
    constexpr uint32_t cb_column_index = tt::CBIndex::c_14;  // a tile whose elements are their column
    const uint32_t K_address = get_arg_val<uint32_t>(0);
    const uint32_t Q_address = get_arg_val<uint32_t>(1);
    const int32_t start = get_arg_val<int32_t>(2);
    const int32_t count = get_arg_val<int32_t>(3);
    constexpr auto K_args = TensorAccessorArgs<0>();
    const auto K = TensorAccessor(K_args, K_address, 2048);
    constexpr auto Q_args = TensorAccessorArgs<K_args.next_compile_time_args_offset()>();
    const auto Q = TensorAccessor(Q_args, Q_address, 2048);

    cb_reserve_back(cb_row_index, 1);
    const auto row_index_at = get_write_ptr(cb_row_index);
    fill_row_index(row_index_at);
    cb_push_back(cb_row_index, 1);
    cb_reserve_back(cb_column_index, 1);
    const auto column_index_at = get_write_ptr(cb_column_index);
    fill_column_index(column_index_at);
    cb_push_back(cb_column_index, 1);
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block % 4;
        const int32_t by = block / 4;
        const int32_t bz = 0;
        // flash_attention.py:52  T.copy(Q[bz, bx * block_M : (bx + 1) * block_M, by, :], q)
        cb_reserve_back(cb_q, 4);
        const auto q_at = get_write_ptr(cb_q);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 2; ++column) {
                noc_async_read_page(
                        bz * 32 + by * 16 + bx * 4 + row * 2 + column, Q, q_at + row * 4096 + column * 2048);
            }
        }
        noc_async_read_barrier();
        cb_push_back(cb_q, 4);
        // flash_attention.py:58  for n in T.Pipelined(reach, num_stages=num_stages):
        for (int32_t n = 0; n < min_of<int32_t>(4, ((bx + 1) * 64 + 63) / 64); ++n) {
            // flash_attention.py:59  T.copy(K[bz, n * block_N : (n + 1) * block_N, by, :], k)
            cb_reserve_back(cb_k, 4);
            const auto k_at = get_write_ptr(cb_k);
            for (int32_t row = 0; row < 2; ++row) {
                for (int32_t column = 0; column < 2; ++column) {
                    noc_async_read_page(
                            bz * 32 + by * 16 + n * 4 + row * 2 + column, K, k_at + row * 4096 + column * 2048);
                }
            }
            noc_async_read_barrier();
            cb_push_back(cb_k, 4);
        }
    }
}
