// The checks that need to watch a run. Those that a single call can see are made by the device itself.
#pragma once

#include <memory>

#include <sim/machine.h>
#include <sim/observer.h>

namespace tessera::check {

/// Adds the checks that are on by default to a machine, which owns them from then on.
void install(sim::Machine& machine);

/// Missing barriers and flushes, data races, signals that overtake their data, multicast corners: see ordering.h.
/// full: every load and store of a kernel counts.
std::unique_ptr<sim::Observer> make_ordering(bool full);

/// Memory that nobody has written and that reaches compute or the host.
std::unique_ptr<sim::Observer> make_uninitialised(sim::Machine& machine);

/// Two producers or consumers, counts and page sizes that don't fit, pages used that are not the processor's.
std::unique_ptr<sim::Observer> make_circular_buffers();

/// Transfers that no barrier waited for, pages never popped, semaphores off their start value. notes: also what most
/// programs do.
std::unique_ptr<sim::Observer> make_left_over(bool notes);

/// Memory of freed buffers, DRAM in which no buffer lies, reserved L1.
std::unique_ptr<sim::Observer> make_allocations(sim::Machine& machine);

/// Both data-movement kernels of a core on one NoC, without dynamic NoC mode.
std::unique_ptr<sim::Observer> make_one_noc();

}  // namespace tessera::check
