// What the vector unit's entry points share: the window of DST that a kernel may touch, and the registers whose
// contents outlive one call (running sums, the random generator).
#pragma once

#include <array>
#include <cstdint>

#include <tensix/sfpu.h>

#include <tessera/abi.h>
#include <tessera/abi_compute.h>
#include <tessera/abi_sfpu.h>

namespace tessera::sim {

/// The 1024 values of tile `index` of the section of DST that the math thread holds, ready to be read and written, and
/// those of the `tiles - 1` that follow it. Ends the run if the section has no such tile.
uint32_t* sfpu_tile(uint32_t index, uint32_t tiles = 1);
/// How wide DST's values are on the calling core.
tensix::SfpuWidth sfpu_width();
/// A value as it is stored by the chip's plain store: truncated when DST is 16-bit.
uint32_t sfpu_stored(float value);

/// Registers of one core's vector unit.
struct SfpuState {
    uint32_t zero_point = 0;          ///< fp32 bits
    uint32_t exp_scale = 0x3F800000;  ///< fp32 bits
    std::array<uint32_t, 32> prng{};  ///< one 32-bit shift register a lane
    std::array<float, 32> cumsum{};   ///< running sum of each column
    std::array<float, 32> ema{};      ///< last output of each column
    float ema_alpha = 0, ema_beta = 0;
    std::array<float, 32> welford_mean{}, welford_m2{};
};
SfpuState& sfpu_state();

}  // namespace tessera::sim
