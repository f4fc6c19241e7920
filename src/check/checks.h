// The checks that need to watch a run. Those that a single call can see are made by the device itself.
#pragma once

#include <memory>

#include <sim/machine.h>
#include <sim/observer.h>

namespace tessera::check {

/// Adds the checks that are on by default to a machine, which owns them from then on.
void install(sim::Machine& machine);

/// error[missing-read-barrier]: cb_push_back of pages into which a read of the same processor is still in flight.
std::unique_ptr<sim::Observer> make_missing_read_barrier();

}  // namespace tessera::check
