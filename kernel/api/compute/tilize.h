// Row-major data to tiles.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

/// Sets up tilize_block for rows of `block` tiles.
ALWI void tilize_init(uint32_t icb, uint32_t block, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb, icb, ocb);
    tsr_init(TSR_UNPACK_TILIZE, TSR_MATH_COPY);
    tsr_init_pack(TSR_PACK_TILES);
}

ALWI void tilize_init_short(uint32_t icb, uint32_t block, uint32_t ocb) {
    tilize_init(icb, block, ocb);
}

ALWI void tilize_init_short_with_dt(uint32_t old_icb, uint32_t new_icb, uint32_t block, uint32_t ocb) {
    tilize_init(new_icb, block, ocb);
}

// Setups that leave the packer as it is: the first generation's without an output, and those that say so.
ALWI void tilize_init_no_pack(uint32_t icb, uint32_t block) {
    tsr_configure_formats(icb, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
    tsr_init(TSR_UNPACK_TILIZE, TSR_MATH_COPY);
}

ALWI void tilize_init(uint32_t icb, uint32_t block) {
    tilize_init(icb, block, 16);
}

ALWI void tilize_init_short(uint32_t icb, uint32_t block) {
    tilize_init_no_pack(icb, block);
}

ALWI void tilize_init_short_with_dt(uint32_t old_icb, uint32_t new_icb, uint32_t block) {
    tilize_init_no_pack(new_icb, block);
}

ALWI void tilize_init_short_with_dt_no_pack(uint32_t old_icb, uint32_t new_icb, uint32_t block) {
    tilize_init_no_pack(new_icb, block);
}

/// Sets up unpack_tilizeA_B_block and reduce_tile_math.
template <bool neginf_srcA = true, bool zero_srcA_reduce = false>
ALWI void tilizeA_B_reduce_init(uint32_t icb0, uint32_t icb1_scaler, uint32_t block, uint32_t ocb = 16,
                                uint32_t num_faces = 4, uint32_t face_r_dim = 16,
                                uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb0, icb1_scaler, ocb);
    tsr_init(TSR_UNPACK_TILIZE_AB, TSR_SETUP_ANY);
    tsr_init_pack(TSR_PACK_TILES);
}

/// Tilizes `block` tiles that lie side by side in rows at icb's read pointer and packs them to pages output_tile_index
/// ... of ocb. Uses DST tile 0 of a section of its own for each tile.
ALWI void tilize_block(uint32_t icb, uint32_t block, uint32_t ocb, uint32_t input_tile_index = 0,
                       uint32_t output_tile_index = 0) {
    for (uint32_t t = 0; t < block; ++t) {
        tsr_dst_acquire();
        tsr_unpack_tilize(icb, block, input_tile_index, t, 0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_tile(0, ocb, t + output_tile_index, 1);
        tsr_dst_release();
    }
}

/// Tilizes `block` tiles into SrcA, each with scaler tile tile_idx_b in SrcB; reduce_tile_math takes them in order.
/// Rows past srca_face_r_dim hold minus infinity, or zero.
template <bool neginf_srcA = true, std::uint32_t reload_srcB = true, bool zero_srcA = false,
          bool zero_srcA_reduce = false>
ALWI void unpack_tilizeA_B_block(uint32_t icb0, uint32_t icb1, uint32_t block, uint32_t tile_idx_b,
                                 uint32_t num_faces = 4, uint32_t srca_face_r_dim = 16) {
    tsr_unpack_tilize_ab(icb0, icb1, block, tile_idx_b, num_faces, srca_face_r_dim,
                         neginf_srcA && !zero_srcA && !zero_srcA_reduce);
}

/// Tilizes `block` tiles as tilize_block does, each to DST tile dst_idx of the section the kernel has acquired.
ALWI void tilize_block_no_pack(uint32_t icb, uint32_t block, uint32_t dst_idx, uint32_t input_tile_index = 0) {
    for (uint32_t t = 0; t < block; ++t) {
        tsr_unpack_tilize(icb, block, input_tile_index, t, dst_idx);
    }
}

/// What the unpackers are set up for then depends on the chip: the next operation needs its own init.
ALWI void tilize_uninit(uint32_t icb, uint32_t ocb = 16) {
    tsr_init(TSR_SETUP_ANY, 0);
}

ALWI void tilize_uninit_no_pack(uint32_t icb) {
    tsr_init(TSR_SETUP_ANY, 0);
}

ALWI void tilize_uninit_with_dt(uint32_t old_icb = 0, uint32_t new_icb = 1, uint32_t ocb = 16) {
    tsr_configure_formats(new_icb, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
    tsr_init(TSR_SETUP_ANY, 0);
}

ALWI void tilize_uninit_with_dt_no_pack(uint32_t old_icb, uint32_t new_icb) {
    tsr_configure_formats(new_icb, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
    tsr_init(TSR_SETUP_ANY, 0);
}

ALWI void unpack_tilizeA_B_uninit(uint32_t icb) {
    tsr_init(TSR_SETUP_ANY, 0);
}

// The parts of two operations whose other half no function of the API gives: what they would unpack, nothing takes.
ALWI void tilizeA_B_dot_product_init(uint32_t icb0, uint32_t icb1, uint32_t block, uint32_t ocb = 16,
                                     uint32_t num_faces = 4, uint32_t face_r_dim = 16) {
    tsr_error("unsupported-operation", "tilizeA_B_dot_product_init sets up a product of what is tilized on its way",
              "tilize the first operand with tilize_block to a circular buffer, then multiply with matmul_tiles");
}
ALWI void unpack_tilizeA_B_dot_product_block(uint32_t icb0, uint32_t icb1, uint32_t block, uint32_t tile_idx_b,
                                             uint32_t num_faces = 4) {
    tsr_error("unsupported-operation", "unpack_tilizeA_B_dot_product_block only unpacks, for a product taken elsewhere",
              "tilize the first operand with tilize_block to a circular buffer, then multiply with matmul_tiles");
}
ALWI void tilize_init_unpack(uint32_t icb, uint32_t block) {
    tilize_init_no_pack(icb, block);
}
ALWI void unpack_tilize_block(uint32_t icb, uint32_t block) {
    tsr_error("unsupported-operation", "unpack_tilize_block only unpacks, for a copy to DST that another call does",
              "call tilize_block, or tilize_block_no_pack to leave the tiles in DST");
}

// fast_tilize differs from tilize in speed only.
ALWI void fast_tilize_init(uint32_t icb, uint32_t full_dim, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
    tilize_init(icb, full_dim, ocb, call_line);
}

ALWI void fast_tilize_init_with_dt(uint32_t icb, uint32_t full_dim, uint32_t ocb) {
    tilize_init(icb, full_dim, ocb);
}

ALWI void fast_tilize_uninit(uint32_t icb, uint32_t ocb) {
    tilize_uninit(icb, ocb);
}

ALWI void fast_tilize_block(uint32_t icb, uint32_t block, uint32_t ocb, uint32_t input_tile_index = 0,
                            uint32_t output_tile_index = 0) {
    tilize_block(icb, block, ocb, input_tile_index, output_tile_index);
}

}  // namespace ckernel
