// What a call of the device API takes its processor, besides waiting.
#pragma once

#include <arch/arch.h>
#include <record/recording.h>
#include <timing/replay.h>

namespace tessera::timing {

/// Cycles from the kernel's call until it has asked the hardware, on this processor (Unit::Brisc to Trisc2). The
/// processor's own code before the call is Event::gap.
Cycles call_cycles(const record::Event& event, Unit processor, const arch::Chip& chip);

}  // namespace tessera::timing
