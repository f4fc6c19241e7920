// The wall clock that kernels read, from a replay: what a second run is given so that its kernels see predicted times.
#pragma once

#include <ostream>

#include <timing/replay.h>

namespace tessera::timing {

/// A line for each processor that has read the clock: launch (from 0), device, logical x and y, processor (0 to 2), and
/// then the cycles since the first launch's dispatch, one for each look. What one stream of a compute kernel sees is
/// the math thread's time.
void write_clock(const record::Recording& recording, const WhatIf& what_if, std::ostream& out);

}  // namespace tessera::timing
