// What the checks know of a processor, within reach of every event.
#pragma once

#include <sim/core.h>

namespace tessera::check {

/// Where a family keeps what it knows of a processor (Risc::checks), from when its kernel starts.
enum class Slot : uint8_t { Order, CircularBuffers, Allocations, OneNoc, Uninitialised };

inline void*& slot(sim::Risc& risc, Slot family) {
    return risc.checks[static_cast<size_t>(family)];
}

template <class State>
State& kept(const sim::Risc& risc, Slot family) {
    return *static_cast<State*>(risc.checks[static_cast<size_t>(family)]);
}

}  // namespace tessera::check
