// Sums, averages and maxima of a tile along rows, columns or both. Not part of the precompiled prelude: REDUCE_OP and
// REDUCE_DIM, the defaults of the template arguments, are defines of the kernel.
#pragma once

#include <api/compute/common.h>

#ifdef REDUCE_OP
#define TESSERA_REDUCE_OP = REDUCE_OP
#else
#define TESSERA_REDUCE_OP
#endif
#ifdef REDUCE_DIM
#define TESSERA_REDUCE_DIM = REDUCE_DIM
#else
#define TESSERA_REDUCE_DIM
#endif

namespace ckernel {

/// Sets up reduce_tile. What is packed until reduce_uninit keeps only column 0 (REDUCE_ROW), row 0 (REDUCE_COL) or
/// datum (0,0) (REDUCE_SCALAR).
template <PoolType reduce_type TESSERA_REDUCE_OP, ReduceDim reduce_dim TESSERA_REDUCE_DIM,
          bool enforce_fp32_accumulation = false>
ALWI void reduce_init(uint32_t icb, uint32_t icb_scaler, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
    tsr_configure_formats(icb, icb_scaler, ocb);
    tsr_configure_reduce_mask(static_cast<int32_t>(reduce_dim));
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, reduce_type, reduce_dim));
}

template <bool enforce_fp32_accumulation = false>
ALWI void reduce_uninit(uint32_t icb = 0) {
    tsr_configure_reduce_mask(-1);
}

/// Reduces tile itile of icb and accumulates onto DST tile idst. Row 0 of the scaler tile's first face holds one factor
/// for each of 16 summands; REDUCE_SCALAR applies it twice, as the chip does. MAX takes its power of two: the scaler
/// must be 1 for a plain maximum.
template <PoolType reduce_type TESSERA_REDUCE_OP, ReduceDim reduce_dim TESSERA_REDUCE_DIM,
          bool enforce_fp32_accumulation = false>
ALWI void reduce_tile(uint32_t icb, uint32_t icb_scaler, uint32_t itile, uint32_t itile_scaler, uint32_t idst) {
    tsr_reduce(reduce_type, reduce_dim | (enforce_fp32_accumulation ? TSR_REDUCE_KEEP_FP32 : 0), icb, icb_scaler, itile,
               itile_scaler, idst);
}

/// Reduces the next tile that unpack_tilizeA_B_block has unpacked.
template <PoolType reduce_type TESSERA_REDUCE_OP, ReduceDim reduce_dim TESSERA_REDUCE_DIM,
          bool enforce_fp32_accumulation = false>
ALWI void reduce_tile_math(uint32_t idst, uint32_t num_faces = 4) {
    tsr_reduce_pending(reduce_type, reduce_dim | (enforce_fp32_accumulation ? TSR_REDUCE_KEEP_FP32 : 0), idst,
                       num_faces);
}

/// Older names, the reduction given as arguments that repeat the template's.
template <bool at_start, PoolType reduce_type TESSERA_REDUCE_OP, ReduceDim reduce_dim TESSERA_REDUCE_DIM>
ALWI void reduce_init(uint32_t icb, uint32_t icb_scaler, uint32_t ocb = 16) {
    reduce_init<reduce_type, reduce_dim>(icb, icb_scaler, ocb);
}

/// As reduce_init, the formats as they are.
template <PoolType reduce_type TESSERA_REDUCE_OP, ReduceDim reduce_dim TESSERA_REDUCE_DIM>
ALWI void reduce_init_short(uint32_t icb, uint32_t icb_scaler, uint32_t ocb = 16) {
    tsr_configure_reduce_mask(static_cast<int32_t>(reduce_dim));
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, reduce_type, reduce_dim));
}

template <bool at_start, PoolType reduce_type TESSERA_REDUCE_OP, ReduceDim reduce_dim TESSERA_REDUCE_DIM>
ALWI void reduce_init_delta(uint32_t ocb = 16, uint32_t icb0 = 0, uint32_t icb1 = 1) {
    tsr_configure_reduce_mask(static_cast<int32_t>(reduce_dim));
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, reduce_type, reduce_dim));
}

/// Sets up the unpackers and the engine only: the packer keeps its mask.
template <PoolType reduce_type TESSERA_REDUCE_OP, ReduceDim reduce_dim TESSERA_REDUCE_DIM>
ALWI void reduce_init_delta_no_pack(uint32_t icb0 = 0, uint32_t icb1 = 1) {
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, reduce_type, reduce_dim));
}

template <PoolType reduce_type TESSERA_REDUCE_OP, ReduceDim reduce_dim TESSERA_REDUCE_DIM>
ALWI void reduce_init_delta_math() {
    tsr_init(0, TSR_SETUP(TSR_MATH_REDUCE, reduce_type, reduce_dim));
}

template <ReduceDim reduce_dim TESSERA_REDUCE_DIM>
ALWI void reduce_revert_delta(uint32_t ocb = 16) {
    tsr_configure_reduce_mask(-1);
}

}  // namespace ckernel

#undef TESSERA_REDUCE_OP
#undef TESSERA_REDUCE_DIM
