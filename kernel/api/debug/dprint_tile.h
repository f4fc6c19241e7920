// Samples of a tile in a circular buffer, printed with DPRINT:
//     DPRINT << TSLICE(cb, 0, SliceRange::h0_w0_32(), TSLICE_INPUT_CB, TSLICE_RD_PTR) << ENDL();
// Sampling is relative to this processor's read or write pointer: after cb_wait_front and before cb_pop_front, or after
// cb_reserve_back and before cb_push_back.
#pragma once

#include "dprint.h"

#define CB_RD_PTR(id) (::tsr_ctx->cbs[id].fifo_rd_ptr)
#define CB_RD_SZ(id) (::tsr_ctx->cbs[id].fifo_size)
#define CB_WR_PTR(id) (::tsr_ctx->cbs[id].fifo_wr_ptr)
#define CB_PAGE_COUNT(id) (::tsr_ctx->cbs[id].fifo_num_pages)
#define CB_PAGE_SIZE(id) (::tsr_ctx->cbs[id].fifo_page_size)

using dprint_tslice_ptr_t = bool;
#define TSLICE_RD_PTR true
#define TSLICE_WR_PTR false
using dprint_tslice_cb_t = bool;
#define TSLICE_INPUT_CB true
#define TSLICE_OUTPUT_CB false

/// Which elements of a tile: rows h0 to h1 (exclusive) by hs, columns w0 to w1 by ws.
struct SliceRange {
    uint8_t h0, h1, hs, w0, w1, ws;
    static constexpr SliceRange hw0_32_16() { return {0, 32, 16, 0, 32, 16}; }
    static constexpr SliceRange hw0_32_8() { return {0, 32, 8, 0, 32, 8}; }
    static constexpr SliceRange hw0_32_4() { return {0, 32, 4, 0, 32, 4}; }
    static constexpr SliceRange h0_w0_32() { return {0, 1, 1, 0, 32, 1}; }
    static constexpr SliceRange h0_32_w0() { return {0, 32, 1, 0, 1, 1}; }
    static constexpr SliceRange h0_32_w1() { return {0, 32, 1, 1, 2, 1}; }
    static constexpr SliceRange hw041() { return {0, 4, 1, 0, 4, 1}; }
} ATTR_PACK;

/// Up to MAX_BYTES bytes of samples; the rest of the range is reported as truncated. bf16: 32 elements of TSLICE.
template <int MAX_BYTES = 32 * 2>
struct TileSlice {
    static_assert(MAX_BYTES <= TSR_TILE_SLICE_MAX_BYTES, "TileSlice holds at most 128 bytes");
    tsr_tile_slice samples[2];  // from the read pointer, from the write pointer

#if defined(COMPILE_FOR_TRISC)
    /// TRISC0 samples at the read pointer and TRISC2 at the write pointer; TRISC1 has no circular buffers.
    TileSlice(uint8_t cb, int tile_idx, const SliceRange& slice_range, bool endl_rows = true,
              bool print_untilized = true) {
        sample(0, cb, tile_idx, slice_range, false, endl_rows, print_untilized);
        sample(1, cb, tile_idx, slice_range, true, endl_rows, print_untilized);
    }
#else
    /// cb_type is accepted for source compatibility: a circular buffer has one format here.
    TileSlice(uint8_t cb, int tile_idx, const SliceRange& slice_range, dprint_tslice_cb_t cb_type,
              dprint_tslice_ptr_t ptr_type, bool endl_rows = true, bool print_untilized = true) {
        (void)cb_type;
        sample(0, cb, tile_idx, slice_range, ptr_type == TSLICE_WR_PTR, endl_rows, print_untilized);
    }
    /// RISCV_0 samples at the read pointer, RISCV_1 at the write pointer.
    TileSlice(uint8_t cb, int tile_idx, const SliceRange& slice_range, dprint_tslice_cb_t cb_type)
        : TileSlice(cb, tile_idx, slice_range, cb_type, ::tsr_ctx->processor == 1 ? TSLICE_WR_PTR : TSLICE_RD_PTR) {}
#endif

    void tsr_print() const { tsr_dprint_tile_slice(&samples[0], &samples[1]); }

private:
    void sample(int which, uint8_t cb, int tile_idx, const SliceRange& r, bool write, bool endl_rows, bool untilize) {
        tsr_tile_slice& s = samples[which];
        s.h0 = r.h0;
        s.h1 = r.h1;
        s.hs = r.hs;
        s.w0 = r.w0;
        s.w1 = r.w1;
        s.ws = r.ws;
        tsr_tile_slice_sample(&s, cb, tile_idx, write, endl_rows, untilize, MAX_BYTES);
    }
};

using TSLICE = TileSlice<64>;
