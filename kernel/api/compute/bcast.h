// Elementwise operations whose second operand is one column, row or datum that stands for a whole tile.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

/// Sets up unary_bcast, which copies a tile with its row 0, column 0 or datum (0,0) repeated.
template <BroadcastType bcast_type>
ALWI void unary_bcast_init(uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb, icb, ocb);
    tsr_init(TSR_SETUP(TSR_UNPACK_A_BCAST, bcast_type, 0), TSR_SETUP(TSR_MATH_COPY, bcast_type, 0));
    tsr_init_pack(TSR_PACK_TILES);
}

/// The same after compute_kernel_hw_startup(icb, ocb).
template <BroadcastType bcast_type>
ALWI void unary_bcast_init(uint32_t icb) {
    tsr_init(TSR_SETUP(TSR_UNPACK_A_BCAST, bcast_type, 0), TSR_SETUP(TSR_MATH_COPY, bcast_type, 0));
}

template <BroadcastType bcast_type>
ALWI void unary_bcast(uint32_t icb, uint32_t in_tile_index, uint32_t dst_tile_index) {
    tsr_copy_tile_bcast(bcast_type, icb, in_tile_index, dst_tile_index);
}

template <BroadcastType bcast_type>
ALWI void unary_bcast_uninit(uint32_t icb) {}

template <BroadcastType old_bcast_type, BroadcastType new_bcast_type>
void reconfigure_unary_bcast(uint32_t old_icb, uint32_t new_icb, uint32_t old_ocb, uint32_t new_ocb) {
    tsr_configure_formats(new_icb, new_icb, new_ocb);
    tsr_init(TSR_SETUP(TSR_UNPACK_A_BCAST, new_bcast_type, 0), TSR_SETUP(TSR_MATH_COPY, new_bcast_type, 0));
}

/// What every init of a broadcast operation does.
template <EltwiseBinaryType op, BroadcastType bcast>
ALWI void bcast_setup() {
    tsr_configure_binary(0);
    tsr_init(TSR_SETUP(TSR_UNPACK_AB, bcast, 0), TSR_SETUP(TSR_MATH_BINARY, op, bcast));
}

/// One-time setup of a broadcast operation.
template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim>
void init_bcast(uint32_t icb0, uint32_t icb1, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb0, icb1, ocb);
    bcast_setup<tBcastOp, tBcastDim>();
    tsr_init_pack(TSR_PACK_TILES);
}

/// The same after compute_kernel_hw_startup(icb0, icb1, ocb).
template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim>
ALWI void bcast_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
    bcast_setup<tBcastOp, tBcastDim>();
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

// The *_init_short functions leave the formats as they are. Those of the first generation name no operands.
#define TESSERA_BCAST_INIT(name, op, bcast)                                               \
    ALWI void name(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) { \
        bcast_setup<op, BroadcastType::bcast>();                                          \
    }                                                                                     \
    ALWI void name() {                                                                    \
        bcast_setup<op, BroadcastType::bcast>();                                          \
    }
namespace ckernel {
TESSERA_BCAST_INIT(add_bcast_rows_init_short, ELWADD, ROW)
TESSERA_BCAST_INIT(add_bcast_cols_init_short, ELWADD, COL)
TESSERA_BCAST_INIT(add_bcast_scalar_init_short, ELWADD, SCALAR)
TESSERA_BCAST_INIT(mul_tiles_bcast_scalar_init_short, ELWMUL, SCALAR)
TESSERA_BCAST_INIT(mul_bcast_cols_init_short, ELWMUL, COL)
TESSERA_BCAST_INIT(mul_bcast_rows_init_short, ELWMUL, ROW)
TESSERA_BCAST_INIT(sub_bcast_cols_init_short, ELWSUB, COL)
TESSERA_BCAST_INIT(sub_bcast_rows_init_short, ELWSUB, ROW)
TESSERA_BCAST_INIT(sub_tiles_bcast_scalar_init_short, ELWSUB, SCALAR)
// The names since the one-time setup is compute_kernel_hw_startup.
TESSERA_BCAST_INIT(add_bcast_rows_init, ELWADD, ROW)
TESSERA_BCAST_INIT(add_bcast_cols_init, ELWADD, COL)
TESSERA_BCAST_INIT(add_bcast_scalar_init, ELWADD, SCALAR)
TESSERA_BCAST_INIT(sub_bcast_rows_init, ELWSUB, ROW)
TESSERA_BCAST_INIT(sub_bcast_cols_init, ELWSUB, COL)
TESSERA_BCAST_INIT(sub_bcast_scalar_init, ELWSUB, SCALAR)
TESSERA_BCAST_INIT(mul_bcast_rows_init, ELWMUL, ROW)
TESSERA_BCAST_INIT(mul_bcast_cols_init, ELWMUL, COL)
TESSERA_BCAST_INIT(mul_bcast_scalar_init, ELWMUL, SCALAR)
}  // namespace ckernel
#undef TESSERA_BCAST_INIT
