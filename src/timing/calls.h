// What a call of the device API takes its processor, besides waiting: its own instructions, and answers of registers
// and of L1 that it needs at once. The kernel's code between calls is not in it (Event::gap); nor are addresses of
// pages of interleaved buffers, whose computation counts as the kernel's code.
#pragma once

#include <arch/arch.h>
#include <record/recording.h>
#include <timing/replay.h>

namespace tessera::timing {

/// Cycles from the kernel's call until it has asked the hardware, on this processor (Unit::Brisc to Trisc2); of a wait,
/// of its last look. A compute kernel's call costs only those of its three processors that take part in it.
Cycles call_cycles(const record::Event& event, Unit processor, const arch::Chip& chip);

}  // namespace tessera::timing
