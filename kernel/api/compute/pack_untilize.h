// Tiles to row-major data, by the packer.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

/// Sets up pack_untilize_dest.
template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool narrow_row = false,
          std::uint32_t row_num_datums = TILE_C_DIM>
ALWI void pack_untilize_dest_init(uint32_t ocb, uint32_t face_r_dim = 16, uint32_t num_faces = 4,
                                  uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(TSR_KEEP_FORMAT, TSR_KEEP_FORMAT, ocb);
    tsr_init_pack(TSR_PACK_UNTILIZED);
}

/// Sets up pack_untilize_block.
template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim>
ALWI void pack_untilize_init(uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb, icb, ocb);
    tsr_configure_copy(0);
    tsr_init(TSR_UNPACK_A, TSR_MATH_COPY);
    tsr_init_pack(TSR_PACK_UNTILIZED);
}

/// Packs block_rt_dim rows of block_ct_dim DST tiles as lines of full_ct_dim tiles at ocb's write pointer, starting at
/// column block block_c_index.
template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool diagonal = false,
          bool narrow_row = false, std::uint32_t row_num_datums = TILE_C_DIM, uint32_t tile_dst_ct_offset = 0>
ALWI void pack_untilize_dest(uint32_t ocb, uint32_t block_rt_dim = 1, uint32_t block_c_index = 0,
                             uint32_t face_r_dim = 16, uint32_t num_faces = 4, uint32_t tile_dst_rt_offset = 0) {
    static_assert(!diagonal, "pack_untilize_dest: diagonal packing is not supported");
    tsr_pack_untilize(tile_dst_ct_offset + tile_dst_rt_offset * block_ct_dim, ocb, block_ct_dim, full_ct_dim,
                      block_rt_dim, block_c_index, face_r_dim, num_faces,
                      narrow_row ? row_num_datums : static_cast<uint32_t>(TILE_C_DIM), diagonal);
}

/// Copies block_rt_dim times block_ct_dim tiles from icb's read pointer to DST and packs them as lines.
template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim>
ALWI void pack_untilize_block(uint32_t icb, uint32_t block_rt_dim, uint32_t ocb, uint32_t block_c_index = 0) {
    for (uint32_t r = 0; r < block_rt_dim; ++r) {
        tsr_dst_acquire();
        for (uint32_t c = 0; c < block_ct_dim; ++c) {
            tsr_copy_tile(icb, c, c);
        }
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_untilize(0, ocb, block_ct_dim, full_ct_dim, 1, block_c_index, FACE_R_DIM, 4, TILE_C_DIM, 0);
        tsr_dst_release();
    }
}

ALWI void pack_untilize_uninit(uint32_t ocb = 16) {
    tsr_init_pack(TSR_PACK_TILES);
}

// Older names.
template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool diagonal = false,
          bool narrow_row = false, std::uint32_t row_num_datums = TILE_C_DIM>
ALWI void pack_untilize_dst_init_short(uint32_t ocb, uint32_t face_r_dim = 16, uint32_t num_faces = 4) {
    pack_untilize_dest_init<block_ct_dim, full_ct_dim, narrow_row, row_num_datums>(ocb, face_r_dim, num_faces);
}

template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool diagonal = false,
          bool narrow_row = false, std::uint32_t row_num_datums = TILE_C_DIM>
ALWI void pack_untilize_dst(uint32_t ocb, uint32_t block_rt_dim = 1, uint32_t block_c_index = 0,
                            uint32_t face_r_dim = 16, uint32_t num_faces = 4) {
    pack_untilize_dest<block_ct_dim, full_ct_dim, diagonal, narrow_row, row_num_datums>(
        ocb, block_rt_dim, block_c_index, face_r_dim, num_faces);
}

template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim>
ALWI void pack_untilize_init_short(uint32_t icb, uint32_t ocb) {
    pack_untilize_init<block_ct_dim, full_ct_dim>(icb, ocb);
}

}  // namespace ckernel
