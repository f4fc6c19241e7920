// Copies of tiles from circular buffers to DST.
#pragma once

#include <api/compute/common_globals.h>
#include <api/compute/sentinel/compute_kernel_sentinel.h>

namespace ckernel {

/// Sets up copy_tile for `cbid`; with `transpose`, tiles are transposed on their way.
ALWI void copy_tile_to_dst_init_short(uint32_t cbid, uint32_t transpose = 0,
                                      uint32_t transpose_within_16x16_face = false,
                                      uint32_t call_line = __builtin_LINE()) {
    tsr_configure_copy(transpose | transpose_within_16x16_face);
    tsr_init(TSR_UNPACK_A, TSR_MATH_COPY);
}

ALWI void copy_tile_init(uint32_t cbid, uint32_t call_line = __builtin_LINE()) {
    copy_tile_to_dst_init_short(cbid, 0, false, call_line);
}

/// The name since the one-time setup is compute_kernel_hw_startup. A template, so that a kernel's own function of this
/// name is the better match.
template <class = void>
ALWI void copy_init(uint32_t cbid, uint32_t transpose = 0, uint32_t transpose_within_16x16_face = false,
                    uint32_t call_line = __builtin_LINE()) {
    copy_tile_to_dst_init_short(cbid, transpose, transpose_within_16x16_face, call_line);
}

// The first generation's inits that name no operand: the formats stay as they are.
ALWI void copy_tile_to_dst_init_short() {
    copy_tile_to_dst_init_short(0);
}
ALWI void copy_tile_init() {
    copy_tile_to_dst_init_short(0);
}

/// As copy_tile_to_dst_init_short when the unpacker was set up for `old_cbid`.
ALWI void copy_tile_to_dst_init_short_with_dt(uint32_t old_cbid, uint32_t new_cbid, uint32_t transpose = 0) {
    tsr_configure_formats(new_cbid, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
    copy_tile_to_dst_init_short(new_cbid, transpose);
}

/// Copies page `in_tile_index` from the read pointer of `in_cb_id` to DST tile `dst_tile_index`.
ALWI void copy_tile(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index) {
    tsr_copy_tile(in_cb_id, in_tile_index, dst_tile_index);
}

/// Copies `ntiles` consecutive pages to consecutive DST tiles.
ALWI void copy_block_matmul_partials(uint32_t in_cb_id, uint32_t start_in_tile_index, uint32_t start_dst_tile_index,
                                     uint32_t ntiles) {
    for (uint32_t t = 0; t < ntiles; ++t) {
        tsr_copy_tile(in_cb_id, start_in_tile_index + t, start_dst_tile_index + t);
    }
}

}  // namespace ckernel
