// Queries, and the keys that they see; before them what compute needs once.
#include "api/dataflow/dataflow_api.h"

namespace {

constexpr uint32_t one = 0x3F80, minus_infinity = 0xFF80, both_minus_infinity = 0xFF80FF80;

void fill(volatile tt_l1_ptr uint32_t* words, uint32_t count, uint32_t value) {
    for (uint32_t i = 0; i < count; ++i) {
        words[i] = value;
    }
}

}  // namespace

void kernel_main() {
    constexpr uint32_t rows = get_compile_time_arg_val(0);
    constexpr uint32_t columns = get_compile_time_arg_val(1);
    constexpr uint32_t width = get_compile_time_arg_val(2);
    constexpr uint32_t blocks = get_compile_time_arg_val(3);
    constexpr bool causal = get_compile_time_arg_val(4) == 1;
    constexpr auto q_args = TensorAccessorArgs<5>();
    constexpr auto k_args = TensorAccessorArgs<q_args.next_compile_time_args_offset()>();
    const auto queries = TensorAccessor(q_args, get_arg_val<uint32_t>(0));
    const auto keys = TensorAccessor(k_args, get_arg_val<uint32_t>(1));
    const uint32_t first_block = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    constexpr auto q = tt::CBIndex::c_0, k = tt::CBIndex::c_1, ones = tt::CBIndex::c_3, mask = tt::CBIndex::c_4;
    constexpr uint32_t tile_size = get_tile_size(q);

    cb_reserve_back(ones, 1);
    fill(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(ones)), tile_size / 4, one | one << 16);
    cb_push_back(ones, 1);
    if constexpr (causal) {
        cb_reserve_back(mask, rows * columns);
        for (uint32_t tile = 0; tile < rows * columns; ++tile) {
            auto* to = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(mask) + tile * tile_size);
            const uint32_t row = tile / columns, column = tile % columns;
            if (row != column) {
                fill(to, 512, row > column ? 0 : both_minus_infinity);
                continue;
            }
            // Faces of 16 x 16, two elements a word: the first and last have the diagonal.
            fill(to + 128, 128, both_minus_infinity);
            fill(to + 256, 128, 0);
            for (uint32_t i = 0; i < 16; ++i) {
                for (auto* line : {to + i * 8, to + 384 + i * 8}) {
                    fill(line, i / 2, 0);
                    line[i / 2] = i % 2 == 0 ? minus_infinity << 16 : 0;
                    fill(line + i / 2 + 1, 7 - i / 2, both_minus_infinity);
                }
            }
        }
        cb_push_back(mask, rows * columns);
    }

    for (uint32_t block = first_block; block < first_block + count; ++block) {
        cb_reserve_back(q, rows * width);
        uint32_t address = get_write_ptr(q);
        for (uint32_t tile = 0; tile < rows * width; ++tile, address += tile_size) {
            noc_async_read_page(block * rows * width + tile, queries, address);
        }
        noc_async_read_barrier();
        cb_push_back(q, rows * width);
        const uint32_t seen = causal ? block % blocks + 1 : blocks;
        uint32_t page = block / blocks * blocks * columns * width;
        for (uint32_t n = 0; n < seen; ++n) {
            cb_reserve_back(k, columns * width);
            const uint32_t to = get_write_ptr(k);
            for (uint32_t column = 0; column < columns; ++column) {
                for (uint32_t d = 0; d < width; ++d, ++page) {
                    noc_async_read_page(page, keys, to + (d * columns + column) * tile_size);
                }
            }
            noc_async_read_barrier();
            cb_push_back(k, columns * width);
        }
    }
}
