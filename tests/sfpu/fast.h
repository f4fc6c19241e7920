// The fast mode's functions, at this CPU's level.
#pragma once

#include <tensix/sfpu.h>

inline const tessera::tensix::SfpuTable& fast() {
    return tessera::tensix::sfpu(tessera::tensix::MathMode::Fast, tessera::tensix::Chip::Wormhole);
}
