// What the vector unit's entry points share: the window of DST that a kernel may touch, and the registers whose
// contents outlive one call (running sums, the random generator).
#pragma once

#include <cstdint>

#include <tensix/sfpu.h>
#include <tensix/sfpu_tile.h>

#include <tessera/abi.h>
#include <tessera/abi_compute.h>
#include <tessera/abi_sfpu.h>

namespace tessera::sim {

/// The 1024 values of tile `index` of the section of DST that the math thread holds, ready to be read and written, and
/// those of the `tiles - 1` that follow it. Ends the run if the section has no such tile.
uint32_t* sfpu_tile(uint32_t index, uint32_t tiles = 1);
/// How the values of a tile of the section are stored.
tensix::SfpuWidth sfpu_width(uint32_t index);
/// Tile `out` now holds values of the same 16-bit format as tile `like`.
void sfpu_inherit_format(uint32_t out, uint32_t like);
/// The vector unit's arithmetic on the calling core.
tensix::SfpuMath sfpu_math();
/// The calling core's vector-unit registers, as its engine holds them: every launch starts with fresh ones.
tensix::SfpuRegisters& sfpu_registers();

}  // namespace tessera::sim
