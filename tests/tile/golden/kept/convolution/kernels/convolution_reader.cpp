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

template <uint32_t bytes>
struct element_of {
    using type = uint32_t;
};
template <>
struct element_of<2> {
    using type = uint16_t;
};

/// Patches of an image (images, height, width, channels), whose tiles cover width and channels: element (i, j) of a
/// block of rows x columns elements at `address` is that of output position first_row + i = (image, y, x) and column
/// first_column + j = (ky, kx, channel); outside of the image it is 0. One page at `scratch` is used.
template <uint32_t bytes, class Tensor>
inline void read_patches(const Tensor& tensor, int32_t images, int32_t height, int32_t width, int32_t channels,
                         int32_t kernel, int32_t stride, int32_t dilation, int32_t pad, int32_t first_row,
                         int32_t first_column, int32_t rows, int32_t columns, uint32_t address, uint32_t scratch) {
    using Element = typename element_of<bytes>::type;
    const int32_t out_height = (height + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
    const int32_t out_width = (width + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
    const int32_t tile_rows = (width + 31) / 32;
    const int32_t tile_columns = (channels + 31) / 32;
    const int32_t block_columns = (columns + 31) / 32;
    fill_with_zeros(address, (rows + 31) / 32 * block_columns * 1024 * bytes);
    auto* to = reinterpret_cast<tt_l1_ptr Element*>(address);
    auto* from = reinterpret_cast<tt_l1_ptr Element*>(scratch);
    int32_t loaded = -1;
    for (int32_t i = 0; i < rows; ++i) {
        const int32_t position = first_row + i;
        const int32_t image = position / (out_height * out_width);
        const int32_t top = position / out_width % out_height * stride - pad;
        const int32_t left = position % out_width * stride - pad;
        for (int32_t j = 0; j < columns && image < images; ++j) {
            const int32_t column = first_column + j;
            const int32_t y = top + column / (kernel * channels) * dilation;
            const int32_t x = left + column / channels % kernel * dilation;
            const int32_t channel = column % channels;
            if (column >= kernel * kernel * channels || y < 0 || y >= height || x < 0 || x >= width) {
                continue;
            }
            const int32_t page = ((image * height + y) * tile_rows + x / 32) * tile_columns + channel / 32;
            if (page != loaded) {
                noc_async_read_page(page, tensor, scratch);
                noc_async_read_barrier();
                loaded = page;
            }
            to[(i / 32 * block_columns + j / 32) * 1024 + element_at(i % 32, j % 32)] =
                from[element_at(x % 32, channel % 32)];
        }
    }
}

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_0;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_b = tt::CBIndex::c_1;  // 2 blocks of 2 tiles
    constexpr uint32_t cb_reader_scratch = tt::CBIndex::c_4;  // one page for the reader's own use
    const uint32_t image_address = get_arg_val<uint32_t>(0);
    const uint32_t weight_address = get_arg_val<uint32_t>(1);
    const int32_t start = get_arg_val<int32_t>(2);
    const int32_t count = get_arg_val<int32_t>(3);
    constexpr auto image_args = TensorAccessorArgs<0>();
    const auto image = TensorAccessor(image_args, image_address, 2048);
    constexpr auto weight_args = TensorAccessorArgs<image_args.next_compile_time_args_offset()>();
    const auto weight = TensorAccessor(weight_args, weight_address, 2048);

    for (int32_t block = start; block < start + count; ++block) {
        const int32_t bx = 0;
        const int32_t by = 0;
        // convolution.py:24  for k in T.Pipelined(T.ceildiv(K * K * C, block_K), num_stages=2):
        for (int32_t k = 0; k < 9; ++k) {
            // convolution.py:25  T.im2col(image, a, by, k, K, stride, dilation, padding)
            cb_reserve_back(cb_a, 2);
            const auto a_at = get_write_ptr(cb_a);
            const auto a_scratch = get_write_ptr(cb_reader_scratch);
            read_patches<2>(image, 1, 8, 8, 32, 3, 1, 1, 1, by * 64, k * 32, 64, 32, a_at, a_scratch);
            // convolution.py:26  T.copy(weight_rows[k * block_K, bx * block_N], b)
            cb_reserve_back(cb_b, 2);
            const auto b_at = get_write_ptr(cb_b);
            for (int32_t column = 0; column < 2; ++column) {
                noc_async_read_page(k * 2 + bx * 2 + column, weight, b_at + column * 2048);
            }
            noc_async_read_barrier();
            // convolution.py:25  T.im2col(image, a, by, k, K, stride, dilation, padding)
            cb_push_back(cb_a, 2);
            // convolution.py:26  T.copy(weight_rows[k * block_K, bx * block_N], b)
            cb_push_back(cb_b, 2);
        }
    }
}
