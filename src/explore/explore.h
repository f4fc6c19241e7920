// Keeps what `tessera explore` compares between runs: every access of the host to the device, or every access to a
// memory at all, as files (see log.h).
#pragma once

#include <string>

#include <sim/machine.h>

namespace tessera::explore {

/// Starts a log if TESSERA_EXPLORE asks for one: outputs:FILE or events:FILE. The machine owns it.
void install(sim::Machine& machine);

/// For tests: whatever the environment says. The log is complete when the machine is gone.
void install_outputs(sim::Machine& machine, const std::string& file);
void install_events(sim::Machine& machine, const std::string& file);

}  // namespace tessera::explore
