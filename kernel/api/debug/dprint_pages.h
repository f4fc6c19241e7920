// Prints whole pages of L1 and whole tiles of circular buffers.
#pragma once

#include "dprint.h"

/// This processor's view of a circular buffer; addresses and sizes in bytes (the chip's TRISCs count 16-byte units).
inline void print_cb_details(uint32_t cb_id) {
    const tsr_cb& cb = ::tsr_ctx->cbs[cb_id];
    DPRINT << "cb_id " << cb_id << ": { "
           << "size: " << cb.fifo_size << ", "
           << "limit: " << cb.fifo_limit << ", "
           << "page_size: " << cb.fifo_page_size << ", "
           << "num_pages: " << cb.fifo_num_pages << ", "
           << "rd_ptr: " << cb.fifo_rd_ptr << ", "
           << "wr_ptr: " << cb.fifo_wr_ptr << ", "
           << "wr_tile_ptr: " << cb.fifo_wr_tile << " }" << ENDL();
}

#if !defined(COMPILE_FOR_TRISC)

namespace tt::data_movement::common {

/// npages pages of elts_per_page elements at L1 address l1_addr, from page `start` on, one page a line.
template <class Element, class Show>
inline void tsr_print_pages(uint32_t l1_addr, uint32_t elts_per_page, uint32_t npages, uint32_t start, Show show) {
    const volatile Element* ptr =
        reinterpret_cast<const volatile Element*>(static_cast<uintptr_t>(l1_addr)) + start * elts_per_page;
    for (uint32_t page = 0; page < npages; ++page) {
        DPRINT << start + page << ": ";
        for (uint32_t j = 0; j < elts_per_page; ++j, ++ptr) {
            const Element value = *ptr;
            show(value);
        }
        DPRINT << ENDL();
    }
}

inline void print_bf16_pages(uint32_t l1_addr, uint32_t elts_per_page, uint32_t npages, uint32_t start = 0) {
    tsr_print_pages<uint16_t>(l1_addr, elts_per_page, npages, start,
                              [](uint16_t value) { DPRINT << BF16(value) << " "; });
}

inline void print_f32_pages(uint32_t l1_addr, uint32_t elts_per_page, uint32_t npages, uint32_t start = 0) {
    tsr_print_pages<float>(l1_addr, elts_per_page, npages, start, [](float value) { DPRINT << F32(value) << " "; });
}

inline void print_u8_pages(uint32_t l1_addr, uint32_t bytes_per_page, uint32_t npages, uint32_t start = 0) {
    tsr_print_pages<uint8_t>(l1_addr, bytes_per_page, npages, start, [](uint8_t value) {
        DPRINT << SETW(2) << HEX() << "0x" << static_cast<uint32_t>(value) << " " << DEC();
    });
}

inline void print_u16_pages(uint32_t l1_addr, uint32_t elts_per_page, uint32_t npages, uint32_t start = 0) {
    tsr_print_pages<uint16_t>(l1_addr, elts_per_page, npages, start,
                              [](uint16_t value) { DPRINT << static_cast<uint32_t>(value) << " "; });
}

inline void print_u32_pages(uint32_t l1_addr, uint32_t elts_per_page, uint32_t npages, uint32_t start = 0) {
    tsr_print_pages<uint32_t>(l1_addr, elts_per_page, npages, start, [](uint32_t value) { DPRINT << value << " "; });
}

}  // namespace tt::data_movement::common

#else

namespace tt::compute::common {

/// Rows start_row to end_row (exclusive) and columns start_col to end_col of one tile, a line a row.
inline void print_tile_rows(uint32_t cb_idx, uint32_t tile_idx, bool untilize = false, uint16_t start_row = 0,
                            uint16_t end_row = 32, uint8_t start_col = 0, uint8_t end_col = 32) {
    DPRINT << "cb_idx: " << cb_idx << " tile_idx: " << tile_idx << ENDL();
    DPRINT << "======" << ENDL();
    for (uint16_t r = start_row; r < end_row; ++r) {
        const SliceRange range{static_cast<uint8_t>(r), static_cast<uint8_t>(r + 1), 1, start_col, end_col, 1};
        DPRINT << static_cast<uint32_t>(r) << " : "
               << TileSlice<64>(static_cast<uint8_t>(cb_idx), static_cast<int>(tile_idx), range, true, untilize)
               << ENDL();
    }
    DPRINT << "++++++" << ENDL();
}

/// All 32 rows of one tile.
inline void print_full_tile(uint32_t cb_id, uint32_t tile_id = 0, bool untilize = false) {
    DPRINT << "======" << ENDL();
    for (uint16_t r = 0; r < 32; ++r) {
        const SliceRange range{static_cast<uint8_t>(r), static_cast<uint8_t>(r + 1), 1, 0, 32, 1};
        DPRINT << static_cast<uint32_t>(r) << " : "
               << TileSlice<64>(static_cast<uint8_t>(cb_id), static_cast<int>(tile_id), range, true, untilize)
               << ENDL();
    }
    DPRINT << "++++++" << ENDL();
}

}  // namespace tt::compute::common

#endif
