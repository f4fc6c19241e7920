#include "api/dataflow/dataflow_api.h"

template <class T>
inline T min_of(T a, T b) {
    return b < a ? b : a;
}

template <class T>
inline T max_of(T a, T b) {
    return a < b ? b : a;
}

/// The place of element (row, column) in a tile: four faces of 16 x 16, row by row.
inline uint32_t element_at(uint32_t row, uint32_t column) {
    return (row / 16 * 2 + column / 16) * 256 + row % 16 * 16 + column % 16;
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

template <uint32_t bytes>
struct element_of {
    using type = uint32_t;
};
template <>
struct element_of<2> {
    using type = uint16_t;
};

/// Puts the first rows x columns elements of the tile at `address` into a matrix of tile_rows x tile_columns tiles,
/// from element (row, column) on; what would lie outside is dropped. Other elements of the tiles keep their values: rows
/// of a face are written alone where they are whole, and other tiles are read, changed and written back. turned: the
/// tile's rows are the matrix's columns. One page at `scratch` is used.
template <uint32_t bytes, bool turned, class Tensor>
inline void write_window(const Tensor& tensor, uint32_t first_page, int32_t tile_rows, int32_t tile_columns, int32_t row,
                         int32_t column, int32_t rows, int32_t columns, uint32_t address, uint32_t scratch) {
    using Element = typename element_of<bytes>::type;
    const int32_t height = turned ? columns : rows;
    const int32_t width = turned ? rows : columns;
    auto* to = reinterpret_cast<tt_l1_ptr Element*>(scratch);
    auto* from = reinterpret_cast<tt_l1_ptr Element*>(address);
    const int32_t first_row = row < 0 ? 0 : row;
    const int32_t first_column = column < 0 ? 0 : column;
    const int32_t end_row = row + height < tile_rows * 32 ? row + height : tile_rows * 32;
    const int32_t end_column = column + width < tile_columns * 32 ? column + width : tile_columns * 32;
    for (int32_t y = first_row; y < end_row; y = (y / 32 + 1) * 32) {
        for (int32_t x = first_column; x < end_column; x = (x / 32 + 1) * 32) {
            const uint32_t page = first_page + y / 32 * tile_columns + x / 32;
            const int32_t last_row = end_row < (y / 32 + 1) * 32 ? end_row : (y / 32 + 1) * 32;
            const int32_t last_column = end_column < (x / 32 + 1) * 32 ? end_column : (x / 32 + 1) * 32;
            if (!turned && x % 16 == 0 && last_column % 16 == 0 && (x - column) % 16 == 0) {
                for (int32_t r = y; r < last_row; ++r) {
                    for (int32_t c = x; c < last_column; c += 16) {
                        noc_async_write(address + element_at(r - row, c - column) * bytes,
                                        tensor.get_noc_addr(page, element_at(r % 32, c % 32) * bytes), 16 * bytes);
                    }
                }
                continue;
            }
            noc_async_read_page(page, tensor, scratch);
            noc_async_read_barrier();
            for (int32_t r = y; r < last_row; ++r) {
                for (int32_t c = x; c < last_column; ++c) {
                    const uint32_t place = turned ? element_at(c - column, r - row) : element_at(r - row, c - column);
                    to[element_at(r % 32, c % 32)] = from[place];
                }
            }
            noc_async_write_page(page, tensor, scratch);
            noc_async_write_barrier();
        }
    }
    noc_async_write_barrier();
}

void kernel_main() {
    constexpr uint32_t cb_C_block = tt::CBIndex::c_3;  // 2 blocks of 4 tiles
    constexpr uint32_t cb_writer_scratch = tt::CBIndex::c_6;  // one page for the writer's own use
    const uint32_t C_address = get_arg_val<uint32_t>(0);
    const uint32_t offsets_address = get_arg_val<uint32_t>(1);
    const uint32_t padded_offsets_address = get_arg_val<uint32_t>(2);
    const uint32_t sizes_address = get_arg_val<uint32_t>(3);
    const int32_t start = get_arg_val<int32_t>(4);
    const int32_t count = get_arg_val<int32_t>(5);
    constexpr auto C_args = TensorAccessorArgs<0>();
    const auto C = TensorAccessor(C_args, C_address, 2048);
    constexpr auto offsets_args = TensorAccessorArgs<C_args.next_compile_time_args_offset()>();
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
        // grouped_gemm.py:25  size = T.alloc_var(dtype=T.int32)
        int32_t size = 0;
        // grouped_gemm.py:28  for i in range(groups):
        for (int32_t i = 0; i < 3; ++i) {
            // grouped_gemm.py:29  group = T.if_then_else(start >= padded_offsets[i], i, group)
            const auto padded_offsets_value_scratch = get_write_ptr(cb_writer_scratch);
            const int32_t padded_offsets_value = read_word(padded_offsets, 0, i, padded_offsets_value_scratch);
            group = bx * 64 >= padded_offsets_value ? i : group;
        }
        // grouped_gemm.py:30  size = sizes[group]
        const auto sizes_value_scratch = get_write_ptr(cb_writer_scratch);
        const int32_t sizes_value = read_word(sizes, 0, group, sizes_value_scratch, group >= 0 && group < 3);
        size = sizes_value;
        // grouped_gemm.py:31  row = start - padded_offsets[group] + offsets[group]
        const auto padded_offsets_value_2_scratch = get_write_ptr(cb_writer_scratch);
        const int32_t padded_offsets_value_2 = read_word(
                padded_offsets, 0, group, padded_offsets_value_2_scratch, group >= 0 && group < 3);
        const auto offsets_value_scratch = get_write_ptr(cb_writer_scratch);
        const int32_t offsets_value = read_word(offsets, 0, group, offsets_value_scratch, group >= 0 && group < 3);
        // grouped_gemm.py:32  left = T.max(0, T.min(block_M, size + padded_offsets[group] - start))
        const auto padded_offsets_value_3_scratch = get_write_ptr(cb_writer_scratch);
        const int32_t padded_offsets_value_3 = read_word(
                padded_offsets, 0, group, padded_offsets_value_3_scratch, group >= 0 && group < 3);
        const int32_t left = max_of<int32_t>(0, min_of<int32_t>(64, size + padded_offsets_value_3 - bx * 64));
        // grouped_gemm.py:41  C[row + i, by * block_N + j] = c[i, j]
        cb_wait_front(cb_C_block, 4);
        const auto C_block_at = get_read_ptr(cb_C_block);
        const auto C_block_scratch = get_write_ptr(cb_writer_scratch);
        for (int32_t row = 0; row < 2; ++row) {
            for (int32_t column = 0; column < 2; ++column) {
                write_window<2, false>(
                        C, 0, 6, 2, bx * 64 + offsets_value + row * 32 - padded_offsets_value_2, by * 64 + column * 32,
                        min_of<int32_t>(32, min_of<int32_t>(64, left) - row * 32), 32,
                        C_block_at + row * 4096 + column * 2048, C_block_scratch);
            }
        }
        cb_pop_front(cb_C_block, 4);
    }
}
