// Exponential moving averages.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Sets alpha and beta (fp32 bits) of out = alpha previous + beta in.
ALWI void ema_init(uint32_t alpha, uint32_t beta) {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
    tsr_sfpu_ema_load(alpha, beta);
}

/// Forgets the last output.
ALWI void ema_clear_previous_output() {
    tsr_sfpu_ema_clear();
}

/// Averages down the columns of tile input_dst_index into the next tile.
ALWI void ema_tile(uint32_t input_dst_index) {
    tsr_sfpu_ema(input_dst_index);
}

}  // namespace ckernel
