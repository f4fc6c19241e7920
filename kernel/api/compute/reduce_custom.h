// The maximum of every row over a block of tiles.
#pragma once

#include <api/compute/common.h>

namespace ckernel {

template <uint32_t block_ct_dim>
ALWI void reduce_block_max_row_init() {
    tsr_configure_reduce_mask(TSR_REDUCE_ROW);
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, TSR_POOL_MAX, TSR_REDUCE_ROW));
}

/// Row maxima of tiles row_start_index .. row_start_index + block_ct_dim - 1 of icb, in column 0 of DST tile idst.
template <uint32_t block_ct_dim>
ALWI void reduce_block_max_row(uint32_t icb, uint32_t icb_scaler, uint32_t row_start_index, uint32_t idst) {
    for (uint32_t t = 0; t < block_ct_dim; ++t) {
        tsr_reduce(TSR_POOL_MAX, TSR_REDUCE_ROW, icb, icb_scaler, row_start_index + t, 0, idst);
    }
}

template <uint32_t block_ct_dim>
ALWI void reduce_block_max_row_reinit_short() {
    tsr_configure_reduce_mask(TSR_REDUCE_ROW);
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, TSR_POOL_MAX, TSR_REDUCE_ROW));
}

template <uint32_t block_ct_dim>
ALWI void reduce_block_max_row_reinit_minimal() {
    tsr_configure_reduce_mask(TSR_REDUCE_ROW);
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, TSR_POOL_MAX, TSR_REDUCE_ROW));
}

template <bool clear_fp32_accumulation = false>
ALWI void reduce_block_max_row_uninit(uint32_t icb = 0) {
    tsr_configure_reduce_mask(-1);
}

// The same with the width of the block as an argument.
ALWI void reduce_block_max_row_init_runtime(uint32_t block_ct_dim) {
    tsr_configure_reduce_mask(TSR_REDUCE_ROW);
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, TSR_POOL_MAX, TSR_REDUCE_ROW));
}
ALWI void reduce_block_max_row_reinit_minimal_runtime(uint32_t block_ct_dim) {
    tsr_configure_reduce_mask(TSR_REDUCE_ROW);
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, TSR_POOL_MAX, TSR_REDUCE_ROW));
}
ALWI void reduce_block_max_row_reinit_short_runtime(uint32_t block_ct_dim) {
    tsr_configure_reduce_mask(TSR_REDUCE_ROW);
    tsr_init(TSR_UNPACK_REDUCE, TSR_SETUP(TSR_MATH_REDUCE, TSR_POOL_MAX, TSR_REDUCE_ROW));
}

ALWI void reduce_block_max_row_runtime(uint32_t icb, uint32_t icb_scaler, uint32_t row_start_index, uint32_t idst,
                                       uint32_t block_ct_dim) {
    for (uint32_t t = 0; t < block_ct_dim; ++t) {
        tsr_reduce(TSR_POOL_MAX, TSR_REDUCE_ROW, icb, icb_scaler, row_start_index + t, 0, idst);
    }
}

ALWI void reduce_block_max_row_uninit_runtime(uint32_t icb) {
    tsr_configure_reduce_mask(-1);
}

}  // namespace ckernel
