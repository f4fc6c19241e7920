// Matrix products of tiles. in0 goes to SrcB, in1 to SrcA; products accumulate onto DST.
#pragma once

#include <api/compute/common.h>

#ifndef MM_THROTTLE
#define MM_THROTTLE 0
#endif
#ifdef ARCH_BLACKHOLE
#define MM_THROTTLE_MAX 5
#endif

namespace ckernel {

/// What every init of a product does.
ALWI void matmul_setup(uint32_t transpose, uint32_t ct_dim = 1, uint32_t rt_dim = 1, uint32_t kt_dim = 1) {
    tsr_configure_matmul(transpose, ct_dim, rt_dim, kt_dim);
    tsr_init(TSR_UNPACK_MATMUL, TSR_MATH_MATMUL);
}

/// One-time setup for matmul_tiles. transpose: in1's tiles are transposed.
ALWI void mm_init(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t out_cb_id, const uint32_t transpose = 0,
                  uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(in1_cb_id, in0_cb_id, out_cb_id);
    tsr_init_pack(TSR_PACK_TILES);
    matmul_setup(transpose);
}

/// mm_init for c_0, c_1 and c_16, the defaults of an older generation.
ALWI void mm_init() {
    mm_init(0, 1, 16);
}

/// The other inits of that generation that name no operands: formats stay as they are, or in1 is c_1.
ALWI void mm_init_short() {
    matmul_setup(0);
}
ALWI void mm_init_short_with_dt() {
    tsr_configure_formats(1, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
    matmul_setup(0);
}
ALWI void mm_block_init() {
    mm_init(0, 1, 16);
}
ALWI void mm_block_init_short() {
    matmul_setup(0);
}
ALWI void mm_block_init_short_with_dt() {
    mm_init_short_with_dt();
}

/// DST tile idst += tile in0_tile_index of in0 x tile in1_tile_index of in1.
ALWI void matmul_tiles(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t in0_tile_index, uint32_t in1_tile_index,
                       uint32_t idst) {
    tsr_matmul(in0_cb_id, in1_cb_id, in0_tile_index, in1_tile_index, idst, 1, 1, 1, TSR_AS_INIT);
}

/// The older signature, which repeats what mm_init was told.
ALWI void matmul_tiles(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t in0_tile_index, uint32_t in1_tile_index,
                       uint32_t idst, const uint32_t transpose) {
    tsr_matmul(in0_cb_id, in1_cb_id, in0_tile_index, in1_tile_index, idst, 1, 1, 1, transpose != 0);
}

ALWI void mm_init_short(uint32_t in0_cb_id, uint32_t in1_cb_id, const uint32_t transpose = 0,
                        uint32_t call_line = __builtin_LINE()) {
    matmul_setup(transpose);
}

/// As mm_init_short when SrcA was set up for another circular buffer.
ALWI void mm_init_short_with_dt(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t c_in_old_srca,
                                const uint32_t transpose = 0) {
    tsr_configure_formats(in1_cb_id, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
    mm_init_short(in0_cb_id, in1_cb_id, transpose);
}

/// One-time setup for matmul_block with a block of rt_dim x ct_dim output tiles.
ALWI void mm_block_init(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t out_cb_id, const uint32_t transpose = 0,
                        uint32_t ct_dim = 1, uint32_t rt_dim = 1, uint32_t kt_dim = 1,
                        uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(in1_cb_id, in0_cb_id, out_cb_id);
    tsr_init_pack(TSR_PACK_TILES);
    matmul_setup(transpose, ct_dim, rt_dim, kt_dim);
}

/// DST tiles idst + r * ct_dim + c += tile in0_tile_index + r * kt_dim of in0 x tile in1_tile_index + c of in1.
/// `transpose` only repeats what the init was told.
ALWI void matmul_block(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t in0_tile_index, uint32_t in1_tile_index,
                       uint32_t idst, const uint32_t transpose, uint32_t ct_dim, uint32_t rt_dim, uint32_t kt_dim,
                       uint32_t call_line = __builtin_LINE()) {
    tsr_matmul(in0_cb_id, in1_cb_id, in0_tile_index, in1_tile_index, idst, ct_dim, rt_dim, kt_dim, transpose != 0);
}

ALWI void mm_block_init_short(uint32_t in0_cb_id, uint32_t in1_cb_id, const uint32_t transpose = 0, uint32_t ct_dim = 1,
                              uint32_t rt_dim = 1, uint32_t kt_dim = 1, uint32_t call_line = __builtin_LINE()) {
    matmul_setup(transpose, ct_dim, rt_dim, kt_dim);
}

ALWI void mm_block_init_short_with_dt(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t old_in1_cb_id,
                                      const uint32_t transpose = 0, uint32_t ct_dim = 1, uint32_t rt_dim = 1,
                                      uint32_t kt_dim = 1, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(in1_cb_id, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
    mm_block_init_short(in0_cb_id, in1_cb_id, transpose, ct_dim, rt_dim, kt_dim, call_line);
}

ALWI void mm_block_init_short_with_both_dt(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t old_in0_cb_id,
                                           uint32_t old_in1_cb_id, const uint32_t transpose = 0, uint32_t ct_dim = 1,
                                           uint32_t rt_dim = 1, uint32_t kt_dim = 1) {
    tsr_configure_formats(in1_cb_id, in0_cb_id, TSR_KEEP_FORMAT);
    mm_block_init_short(in0_cb_id, in1_cb_id, transpose, ct_dim, rt_dim, kt_dim);
}

// The names since the one-time setup is compute_kernel_hw_startup<SrcOrder::Reverse>. Templates, so that a function of
// the same name that a kernel of an older generation defines is the better match.
template <class = void>
ALWI void matmul_init(uint32_t in0_cb_id, uint32_t in1_cb_id, const uint32_t transpose = 0,
                      uint32_t call_line = __builtin_LINE()) {
    mm_init_short(in0_cb_id, in1_cb_id, transpose, call_line);
}

template <class = void>
ALWI void matmul_block_init(uint32_t in0_cb_id, uint32_t in1_cb_id, const uint32_t transpose = 0, uint32_t ct_dim = 1,
                            uint32_t rt_dim = 1, uint32_t kt_dim = 1, uint32_t call_line = __builtin_LINE()) {
    mm_block_init_short(in0_cb_id, in1_cb_id, transpose, ct_dim, rt_dim, kt_dim, call_line);
}

/// The math half alone, for an unpack that nothing here can ask for: a product takes both at once.
template <uint32_t num_faces = 4>
ALWI void matmul_tiles_math(uint32_t idst) {
    tsr_error("unsupported-operation", "matmul_tiles_math computes with what another call has unpacked",
              "call matmul_tiles, which unpacks and multiplies");
}

#ifdef ARCH_BLACKHOLE
/// The math half of matmul_block that slows down when the chip's firmware asks for it.
ALWI void matmul_block_math_dynamic_throttle(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t idst,
                                             const uint32_t transpose, uint32_t ct_dim, uint32_t rt_dim) {
    tsr_error("unsupported-operation",
              "matmul_block_math_dynamic_throttle computes with what another call has unpacked",
              "call matmul_block, which unpacks and multiplies");
}
#endif

}  // namespace ckernel
