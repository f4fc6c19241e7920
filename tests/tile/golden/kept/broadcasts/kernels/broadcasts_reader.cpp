#include "api/dataflow/dataflow_api.h"

/// The place of element (row, column) in a tile: four faces of 16 x 16, row by row.
inline uint32_t element_at(uint32_t row, uint32_t column) {
    return (row / 16 * 2 + column / 16) * 256 + row % 16 * 16 + column % 16;
}

inline void fill_with_zeros(uint32_t address, uint32_t bytes) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t i = 0; i < bytes / 4; ++i) {
        words[i] = 0;
    }
}

/// The bits of a small number as bfloat16.
inline uint16_t small_bfloat16(uint32_t number) {
    uint32_t exponent = 0;
    while (number >> (exponent + 1) != 0) {
        ++exponent;
    }
    return number == 0 ? 0 : static_cast<uint16_t>((127 + exponent) << 7 | ((number << (7 - exponent)) & 0x7f));
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

template <uint32_t bytes>
struct element_of {
    using type = uint32_t;
};
template <>
struct element_of<2> {
    using type = uint16_t;
};

/// Cuts rows x columns elements out of a matrix of tile_rows x tile_columns tiles, from element (row, column) on, and
/// makes them one tile at `address`. What lies outside of the matrix, and the rest of the tile, is 0. turned: the tile's
/// rows are the matrix's columns. One page at `scratch` is used.
template <uint32_t bytes, bool turned, class Tensor>
inline void read_window(const Tensor& tensor, uint32_t first_page, int32_t tile_rows, int32_t tile_columns, int32_t row,
                        int32_t column, int32_t rows, int32_t columns, uint32_t address, uint32_t scratch) {
    using Element = typename element_of<bytes>::type;
    const int32_t height = turned ? columns : rows;
    const int32_t width = turned ? rows : columns;
    fill_with_zeros(address, 1024 * bytes);
    auto* to = reinterpret_cast<tt_l1_ptr Element*>(address);
    auto* from = reinterpret_cast<tt_l1_ptr Element*>(scratch);
    const int32_t first_row = row < 0 ? 0 : row;
    const int32_t first_column = column < 0 ? 0 : column;
    const int32_t end_row = row + height < tile_rows * 32 ? row + height : tile_rows * 32;
    const int32_t end_column = column + width < tile_columns * 32 ? column + width : tile_columns * 32;
    for (int32_t y = first_row; y < end_row; y = (y / 32 + 1) * 32) {
        for (int32_t x = first_column; x < end_column; x = (x / 32 + 1) * 32) {
            noc_async_read_page(first_page + y / 32 * tile_columns + x / 32, tensor, scratch);
            noc_async_read_barrier();
            for (int32_t r = y; r < end_row && r / 32 == y / 32; ++r) {
                for (int32_t c = x; c < end_column && c / 32 == x / 32; ++c) {
                    const uint32_t place = turned ? element_at(c - column, r - row) : element_at(r - row, c - column);
                    to[place] = from[element_at(r % 32, c % 32)];
                }
            }
        }
    }
}

void kernel_main() {
    constexpr uint32_t cb_x = tt::CBIndex::c_0;  // 2 blocks of 1 tile
    constexpr uint32_t cb_c = tt::CBIndex::c_1;  // 2 blocks of 1 tile
    constexpr uint32_t cb_r = tt::CBIndex::c_2;  // 2 blocks of 1 tile
    constexpr uint32_t cb_s = tt::CBIndex::c_3;  // 2 blocks of 1 tile
    constexpr uint32_t cb_one_block = tt::CBIndex::c_4;  // 2 blocks of 1 tile
    constexpr uint32_t cb_column_index = tt::CBIndex::c_7;  // a tile whose elements are their column
    constexpr uint32_t cb_reader_scratch = tt::CBIndex::c_8;  // one page for the reader's own use
    const uint32_t X_address = get_arg_val<uint32_t>(0);
    const uint32_t column_address = get_arg_val<uint32_t>(1);
    const uint32_t one_address = get_arg_val<uint32_t>(2);
    const uint32_t row_address = get_arg_val<uint32_t>(3);
    const uint32_t shared_address = get_arg_val<uint32_t>(4);
    const int32_t start = get_arg_val<int32_t>(5);
    const int32_t count = get_arg_val<int32_t>(6);
    constexpr auto X_args = TensorAccessorArgs<0>();
    const auto X = TensorAccessor(X_args, X_address, 4096);
    constexpr auto column_args = TensorAccessorArgs<X_args.next_compile_time_args_offset()>();
    const auto column = TensorAccessor(column_args, column_address, 4096);
    constexpr auto one_args = TensorAccessorArgs<column_args.next_compile_time_args_offset()>();
    const auto one = TensorAccessor(one_args, one_address, 4096);
    constexpr auto row_args = TensorAccessorArgs<one_args.next_compile_time_args_offset()>();
    const auto row = TensorAccessor(row_args, row_address, 4096);
    constexpr auto shared_args = TensorAccessorArgs<row_args.next_compile_time_args_offset()>();
    const auto shared = TensorAccessor(shared_args, shared_address, 2048);

    cb_reserve_back(cb_column_index, 1);
    const auto column_index_at = get_write_ptr(cb_column_index);
    fill_column_index(column_index_at);
    cb_push_back(cb_column_index, 1);
    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = 0;
        const int32_t by = block % 2;
        const int32_t b = block / 2;
        // broadcasts.py:25  T.copy(X[b, by * blk_m : (by + 1) * blk_m, bx * blk_n : (bx + 1) * blk_n], x)
        cb_reserve_back(cb_x, 1);
        const auto x_at = get_write_ptr(cb_x);
        noc_async_read_page(b * 2 + by + bx, X, x_at);
        // broadcasts.py:26  T.copy(column[b, by * blk_m : (by + 1) * blk_m], c)
        cb_reserve_back(cb_c, 1);
        const auto c_at = get_write_ptr(cb_c);
        noc_async_read_page(b * 2 + by, column, c_at);
        // broadcasts.py:27  T.copy(row[bx * blk_n], r)
        cb_reserve_back(cb_r, 1);
        const auto r_at = get_write_ptr(cb_r);
        noc_async_read_page(bx, row, r_at);
        // broadcasts.py:28  T.copy(shared[by * blk_m, bx * blk_n], s)
        cb_reserve_back(cb_s, 1);
        const auto s_at = get_write_ptr(cb_s);
        noc_async_read_page(by + bx, shared, s_at);
        // broadcasts.py:29  scalar = one[b]
        cb_reserve_back(cb_one_block, 1);
        const auto one_block_at = get_write_ptr(cb_one_block);
        const auto one_block_scratch = get_write_ptr(cb_reader_scratch);
        read_window<4, false>(one, 0, 1, 1, b, 0, 1, 1, one_block_at, one_block_scratch);
        noc_async_read_barrier();
        // broadcasts.py:25  T.copy(X[b, by * blk_m : (by + 1) * blk_m, bx * blk_n : (bx + 1) * blk_n], x)
        cb_push_back(cb_x, 1);
        // broadcasts.py:26  T.copy(column[b, by * blk_m : (by + 1) * blk_m], c)
        cb_push_back(cb_c, 1);
        // broadcasts.py:27  T.copy(row[bx * blk_n], r)
        cb_push_back(cb_r, 1);
        // broadcasts.py:28  T.copy(shared[by * blk_m, bx * blk_n], s)
        cb_push_back(cb_s, 1);
        // broadcasts.py:29  scalar = one[b]
        cb_push_back(cb_one_block, 1);
    }
}
