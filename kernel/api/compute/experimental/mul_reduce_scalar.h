// The sum of the elementwise product of two blocks of tiles.
#pragma once

#include <api/compute/eltwise_binary.h>

namespace ckernel {

ALWI void mul_reduce_scalar_init(uint32_t icb0, uint32_t icb1) {
    mul_tiles_init(icb0, icb1);
}

/// DST tiles 0 .. num_tiles - 1 = products of tiles of icb0 and icb1; then datum (0,0) of DST tile 0 = the sum over all
/// of them. As in REDUCE_SCALAR the scaler is applied twice, to the columns' sums and to their sum.
template <PoolType reduce_type = PoolType::SUM>
ALWI void mul_reduce_scalar_tile(uint32_t icb0, uint32_t icb1, uint32_t num_tiles, float scaler = 1.0f) {
    static_assert(reduce_type == PoolType::SUM || reduce_type == PoolType::AVG,
                  "mul_reduce_scalar_tile: the reduction is a sum; use reduce_tile for a maximum");
    for (uint32_t t = 0; t < num_tiles; ++t) {
        mul_tiles(icb0, icb1, t, t, t);
    }
    tsr_reduce_dst_sum(num_tiles, scaler);
    tsr_configure_reduce_mask(TSR_REDUCE_SCALAR);
}

ALWI void mul_reduce_scalar_uninit() {
    tsr_configure_reduce_mask(-1);
}

}  // namespace ckernel
