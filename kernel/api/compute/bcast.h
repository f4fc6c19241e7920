// Elementwise operations whose second operand is one column, row or datum that stands for a whole tile.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

/// Sets up unary_bcast, which copies a tile with its row 0, column 0 or datum (0,0) repeated.
template <BroadcastType bcast_type>
ALWI void unary_bcast_init(uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
    state_configure<Operand::SRCA, Operand::PACK>(icb, ocb, call_line);
}

/// The same after compute_kernel_hw_startup(icb, ocb).
template <BroadcastType bcast_type>
ALWI void unary_bcast_init(uint32_t icb) {
    state_configure(icb, __builtin_LINE());
}

template <BroadcastType bcast_type>
ALWI void unary_bcast(uint32_t icb, uint32_t in_tile_index, uint32_t dst_tile_index) {
    tsr_copy_tile_bcast(bcast_type, icb, in_tile_index, dst_tile_index);
}

template <BroadcastType bcast_type>
ALWI void unary_bcast_uninit(uint32_t icb) {}

template <BroadcastType old_bcast_type, BroadcastType new_bcast_type>
void reconfigure_unary_bcast(uint32_t old_icb, uint32_t new_icb, uint32_t old_ocb, uint32_t new_ocb) {
    tsr_configure_formats(new_icb, TSR_KEEP_FORMAT, new_ocb);
}

/// One-time setup of a broadcast operation.
template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim>
void init_bcast(uint32_t icb0, uint32_t icb1, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
    state_configure(icb0, icb1, ocb, call_line);
    tsr_configure_binary(0);
}

/// The same after compute_kernel_hw_startup(icb0, icb1, ocb).
template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim>
ALWI void bcast_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
    state_configure(icb0, icb1, call_line);
    tsr_configure_binary(0);
}

/// DST tile idst = tile itile0 of icb0 op broadcast of tile itile1 of icb1; bcast_row_idx: the row that ROW repeats.
template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim>
ALWI void any_tiles_bcast(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                          uint32_t bcast_row_idx = 0) {
    tsr_binary(tBcastOp, tBcastDim, icb0, icb1, itile0, itile1, idst, bcast_row_idx);
}

template <BroadcastType tBcastDim>
ALWI void add_tiles_bcast(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                          uint32_t bcast_row_idx = 0) {
    any_tiles_bcast<ELWADD, tBcastDim>(icb0, icb1, itile0, itile1, idst, bcast_row_idx);
}

template <BroadcastType tBcastDim>
ALWI void sub_tiles_bcast(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                          uint32_t bcast_row_idx = 0) {
    any_tiles_bcast<ELWSUB, tBcastDim>(icb0, icb1, itile0, itile1, idst, bcast_row_idx);
}

template <BroadcastType tBcastDim>
ALWI void mul_tiles_bcast(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                          uint32_t bcast_row_idx = 0) {
    any_tiles_bcast<ELWMUL, tBcastDim>(icb0, icb1, itile0, itile1, idst, bcast_row_idx);
}

ALWI void add_tiles_bcast_rows(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t bcast_row_idx = 0) {
    add_tiles_bcast<BroadcastType::ROW>(icb0, icb1, itile0, itile1, idst, bcast_row_idx);
}

ALWI void add_tiles_bcast_cols(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    add_tiles_bcast<BroadcastType::COL>(icb0, icb1, itile0, itile1, idst);
}

ALWI void add_tiles_bcast_scalar(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    add_tiles_bcast<BroadcastType::SCALAR>(icb0, icb1, itile0, itile1, idst);
}

ALWI void sub_tiles_bcast_rows(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t bcast_row_idx = 0) {
    sub_tiles_bcast<BroadcastType::ROW>(icb0, icb1, itile0, itile1, idst, bcast_row_idx);
}

ALWI void sub_tiles_bcast_cols(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    sub_tiles_bcast<BroadcastType::COL>(icb0, icb1, itile0, itile1, idst);
}

ALWI void sub_tiles_bcast_scalar(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    sub_tiles_bcast<BroadcastType::SCALAR>(icb0, icb1, itile0, itile1, idst);
}

ALWI void mul_tiles_bcast_cols(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    mul_tiles_bcast<BroadcastType::COL>(icb0, icb1, itile0, itile1, idst);
}

ALWI void mul_tiles_bcast_rows(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t bcast_row_idx = 0) {
    mul_tiles_bcast<BroadcastType::ROW>(icb0, icb1, itile0, itile1, idst, bcast_row_idx);
}

ALWI void mul_tiles_bcast_scalar(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst) {
    mul_tiles_bcast<BroadcastType::SCALAR>(icb0, icb1, itile0, itile1, idst);
}

}  // namespace ckernel

// The *_init_short functions differ in nothing that the simulated engine has to know. Without operands, as the first
// generation has them, they leave the formats as they are.
#define TESSERA_BCAST_INIT(name)                                                          \
    ALWI void name(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) { \
        state_configure(icb0, icb1, call_line);                                           \
        tsr_configure_binary(0);                                                          \
    }                                                                                     \
    ALWI void name() {                                                                    \
        tsr_configure_binary(0);                                                          \
    }
namespace ckernel {
TESSERA_BCAST_INIT(add_bcast_rows_init_short)
TESSERA_BCAST_INIT(add_bcast_cols_init_short)
TESSERA_BCAST_INIT(add_bcast_scalar_init_short)
TESSERA_BCAST_INIT(mul_tiles_bcast_scalar_init_short)
TESSERA_BCAST_INIT(mul_bcast_cols_init_short)
TESSERA_BCAST_INIT(mul_bcast_rows_init_short)
TESSERA_BCAST_INIT(sub_bcast_cols_init_short)
TESSERA_BCAST_INIT(sub_bcast_rows_init_short)
TESSERA_BCAST_INIT(sub_tiles_bcast_scalar_init_short)
// The names since the one-time setup is compute_kernel_hw_startup.
TESSERA_BCAST_INIT(add_bcast_rows_init)
TESSERA_BCAST_INIT(add_bcast_cols_init)
TESSERA_BCAST_INIT(add_bcast_scalar_init)
TESSERA_BCAST_INIT(sub_bcast_rows_init)
TESSERA_BCAST_INIT(sub_bcast_cols_init)
TESSERA_BCAST_INIT(sub_bcast_scalar_init)
TESSERA_BCAST_INIT(mul_bcast_rows_init)
TESSERA_BCAST_INIT(mul_bcast_cols_init)
TESSERA_BCAST_INIT(mul_bcast_scalar_init)
}  // namespace ckernel
#undef TESSERA_BCAST_INIT
