// The exponential function.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// Prepares exp_tile of the same template arguments. In the fast approximate mode inputs are multiplied by scale (fp32
/// bits).
template <bool approx = false, bool fast_and_approx = true, uint32_t scale = 0x3F800000>
ALWI void exp_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_EXP);
    if constexpr (approx && fast_and_approx) {
        tsr_sfpu_set_exp_scale(scale);
    }
}

/// e^x, or e^(scale x) with scale_en (scale is bf16 bits). approx with fast_and_approx gives 0 below -88.5 and
/// multiplies by its init function's scale, whatever scale_en says. The fast arithmetic computes the accurate function
/// in every mode, the exact one the chip's. iterations: of the eight steps of two rows that a face takes.
template <bool approx = false, bool fast_and_approx = true, bool scale_en = false, bool skip_positive_check = false,
          int iterations = 8>
ALWI void exp_tile(uint32_t idst, int vector_mode = static_cast<int>(VectorMode::RC), uint16_t scale = 0x3F80) {
    constexpr bool fast = approx && fast_and_approx;
    constexpr uint32_t op = fast ? TSR_SFPU_EXP_CLAMPED : TSR_SFPU_EXP;
    constexpr uint32_t flags = (approx ? TSR_SFPU_APPROX : 0) | (scale_en ? TSR_SFPU_SCALED : 0) |
                               (skip_positive_check ? TSR_SFPU_UNCHECKED : 0);
    const uint32_t factor = fast ? tsr_sfpu_exp_scale() : scale_en ? static_cast<uint32_t>(scale) << 16 : 0x3F800000u;
    tsr_sfpu_unary(op, idst, static_cast<uint32_t>(vector_mode) | static_cast<uint32_t>(iterations) << 8, factor, flags,
                   0);
}

/// exp_tile_init for a kernel that computes exponentials on the packer's thread.
template <bool approx = false, bool fast_and_approx = true, uint32_t scale = 0x3F800000>
ALWI void exp_packthread_tile_init() {
    exp_tile_init<approx, fast_and_approx, scale>();
}

/// exp_tile for a kernel that computes exponentials on the packer's thread.
template <bool approx = false, bool fast_and_approx = true, bool scale_en = false, bool skip_positive_check = false,
          int iterations = 8>
ALWI void exp_packthread_tile(uint32_t idst, int vector_mode = static_cast<int>(VectorMode::RC),
                              uint16_t scale = 0x3F80) {
    exp_tile<approx, fast_and_approx, scale_en, skip_positive_check, iterations>(idst, vector_mode, scale);
}

}  // namespace ckernel
