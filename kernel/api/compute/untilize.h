// Tiles to row-major data, by the unpacker.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

ALWI void untilize_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb, icb, TSR_KEEP_FORMAT);
    tsr_configure_copy(0);
    tsr_init(TSR_UNPACK_UNTILIZE, TSR_MATH_COPY);
}

/// The older signature.
ALWI void untilize_init_short(uint32_t icb) {
    untilize_init(icb);
}

/// Turns full_ct_dim tiles at icb's read pointer into lines of full_ct_dim tiles, in the next full_ct_dim pages of ocb.
template <uint32_t block_ct_dim = 1>
ALWI void untilize_block(uint32_t icb, uint32_t full_ct_dim, uint32_t ocb) {
    const tsr_cb& in = tsr_ctx->cbs[icb];
    tsr_cb& out = tsr_ctx->cbs[ocb];
    tsr_untilize_begin();
    const uint32_t start = out.fifo_wr_ptr;
    out.fifo_wr_ptr = start + out.fifo_wr_tile * out.fifo_page_size;
    for (uint32_t t = 0; t < full_ct_dim; ++t) {
        tsr_dst_acquire();
        tsr_copy_tile(icb, t, 0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_untilize(0, ocb, 1, full_ct_dim, 1, t, in.face_rows, in.num_faces, TILE_C_DIM, 0);
        tsr_dst_release();
    }
    out.fifo_wr_ptr = start;
    out.fifo_wr_tile += full_ct_dim;
    tsr_untilize_end();
}

/// What the unpackers are set up for then depends on the chip: the next operation needs its own init.
ALWI void untilize_uninit(uint32_t icb) {
    tsr_init(TSR_SETUP_ANY, 0);
}

}  // namespace ckernel
