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

/// One 32-bit number of a tensor whose pages are rows of words, or 0 outside of it; 64 bytes at `scratch` are used.
template <class Tensor>
inline int32_t read_word(const Tensor& tensor, uint32_t page, uint32_t index, uint32_t scratch, bool inside = true) {
    if (!inside) {
        return 0;
    }
    noc_async_read(tensor.get_noc_addr(page, index / 16 * 64), scratch, 64);
    noc_async_read_barrier();
    return static_cast<int32_t>(reinterpret_cast<tt_l1_ptr uint32_t*>(scratch)[index % 16]);
}

inline void store_word(uint32_t address, int32_t value) {
    *reinterpret_cast<tt_l1_ptr uint32_t*>(address) = static_cast<uint32_t>(value);
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
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_b = tt::CBIndex::c_1;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_scalars = tt::CBIndex::c_4;  // an integer that the reader found
    constexpr uint32_t cb_reader_scratch = tt::CBIndex::c_5;  // one page for the reader's own use
    const uint32_t A_address = get_arg_val<uint32_t>(0);
    const uint32_t B_address = get_arg_val<uint32_t>(1);
    const uint32_t offsets_address = get_arg_val<uint32_t>(2);
    const uint32_t padded_offsets_address = get_arg_val<uint32_t>(3);
    const uint32_t sizes_address = get_arg_val<uint32_t>(4);
    const int32_t start = get_arg_val<int32_t>(5);
    const int32_t count = get_arg_val<int32_t>(6);
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A = TensorAccessor(A_args, A_address, 2048);
    constexpr auto B_args = TensorAccessorArgs<A_args.next_compile_time_args_offset()>();
    const auto B = TensorAccessor(B_args, B_address, 2048);
    constexpr auto offsets_args = TensorAccessorArgs<B_args.next_compile_time_args_offset()>();
    const auto offsets = TensorAccessor(offsets_args, offsets_address, 64);
    constexpr auto padded_offsets_args = TensorAccessorArgs<offsets_args.next_compile_time_args_offset()>();
    const auto padded_offsets = TensorAccessor(padded_offsets_args, padded_offsets_address, 64);
    constexpr auto sizes_args = TensorAccessorArgs<padded_offsets_args.next_compile_time_args_offset()>();
    const auto sizes = TensorAccessor(sizes_args, sizes_address, 64);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = block;
        const int32_t by = 0;
        // grouped_gemm.py:24  group = T.alloc_var(dtype=T.int32, init=0)
        int32_t group = 0;
        // grouped_gemm.py:28  for i in range(groups):
        for (int32_t i = 0; i < 3; ++i) {
            // grouped_gemm.py:29  group = T.if_then_else(start >= padded_offsets[i], i, group)
            const auto padded_offsets_value_scratch = get_write_ptr(cb_reader_scratch);
            const int32_t padded_offsets_value = read_word(padded_offsets, 0, i, padded_offsets_value_scratch);
            cb_reserve_back(cb_scalars, 1);
            const auto padded_offsets_value_at = get_write_ptr(cb_scalars);
            store_word(padded_offsets_value_at, padded_offsets_value);
            cb_push_back(cb_scalars, 1);
            group = bx * 64 >= padded_offsets_value ? i : group;
        }
        // grouped_gemm.py:30  size = sizes[group]
        const auto sizes_value_scratch = get_write_ptr(cb_reader_scratch);
        const int32_t sizes_value = read_word(sizes, 0, group, sizes_value_scratch, group >= 0 && group < 3);
        cb_reserve_back(cb_scalars, 1);
        const auto sizes_value_at = get_write_ptr(cb_scalars);
        store_word(sizes_value_at, sizes_value);
        cb_push_back(cb_scalars, 1);
        // grouped_gemm.py:31  row = start - padded_offsets[group] + offsets[group]
        const auto padded_offsets_value_2_scratch = get_write_ptr(cb_reader_scratch);
        const int32_t padded_offsets_value_2 = read_word(
                padded_offsets, 0, group, padded_offsets_value_2_scratch, group >= 0 && group < 3);
        cb_reserve_back(cb_scalars, 1);
        const auto padded_offsets_value_2_at = get_write_ptr(cb_scalars);
        store_word(padded_offsets_value_2_at, padded_offsets_value_2);
        cb_push_back(cb_scalars, 1);
        const auto offsets_value_scratch = get_write_ptr(cb_reader_scratch);
        const int32_t offsets_value = read_word(offsets, 0, group, offsets_value_scratch, group >= 0 && group < 3);
        cb_reserve_back(cb_scalars, 1);
        const auto offsets_value_at = get_write_ptr(cb_scalars);
        store_word(offsets_value_at, offsets_value);
        cb_push_back(cb_scalars, 1);
        // grouped_gemm.py:32  left = T.max(0, T.min(block_M, size + padded_offsets[group] - start))
        const auto padded_offsets_value_3_scratch = get_write_ptr(cb_reader_scratch);
        const int32_t padded_offsets_value_3 = read_word(
                padded_offsets, 0, group, padded_offsets_value_3_scratch, group >= 0 && group < 3);
        cb_reserve_back(cb_scalars, 1);
        const auto padded_offsets_value_3_at = get_write_ptr(cb_scalars);
        store_word(padded_offsets_value_3_at, padded_offsets_value_3);
        cb_push_back(cb_scalars, 1);
        // grouped_gemm.py:35  for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
        for (int32_t k = 0; k < 2; ++k) {
            // grouped_gemm.py:36  T.copy(A[row : row + block_M, k * block_K : (k + 1) * block_K], a)
            cb_reserve_back(cb_a, 2);
            const auto a_at = get_write_ptr(cb_a);
            const auto a_scratch = get_write_ptr(cb_reader_scratch);
            for (int32_t row = 0; row < 2; ++row) {
                read_window<2, false>(
                        A, 0, 6, 2, bx * 64 + offsets_value + row * 32 - padded_offsets_value_2, k * 32, 32, 32,
                        a_at + row * 2048, a_scratch);
            }
            // grouped_gemm.py:37  T.copy(B[group, k * block_K : (k + 1) * block_K, by * block_N : (by + 1) * block_N], b)
            cb_reserve_back(cb_b, 2);
            const auto b_at = get_write_ptr(cb_b);
            for (int32_t column = 0; column < 2; ++column) {
                if (group >= 0 && group < 3) {
                    noc_async_read_page(group * 4 + k * 2 + by * 2 + column, B, b_at + column * 2048);
                } else {
                    fill_with_zeros(b_at + column * 2048, 2048);
                }
            }
            noc_async_read_barrier();
            // grouped_gemm.py:36  T.copy(A[row : row + block_M, k * block_K : (k + 1) * block_K], a)
            cb_push_back(cb_a, 2);
            // grouped_gemm.py:37  T.copy(B[group, k * block_K : (k + 1) * block_K, by * block_N : (by + 1) * block_N], b)
            cb_push_back(cb_b, 2);
        }
    }
}
