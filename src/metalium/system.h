// The one simulated machine of this process, its board, and which of its chips are in use. Board: TESSERA_BOARD
// (default n150).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <arch/arch.h>
#include <sim/machine.h>

namespace tessera::metalium {

/// The board that TESSERA_BOARD names; read once. Throws tessera::Error (unknown-board).
const arch::Board& board();

/// The process's machine; made at first use, with the default observers and the symbolizer in place.
sim::Machine& machine();

/// True once machine() has been called.
bool machine_exists();

/// Adds the default observers to a new machine, and the symbolizer to the process.
void prepare_machine(sim::Machine& machine);

/// Throws tessera::Error (no-such-device) that names --board unless `chip` is on the board.
void require_chip(int chip);

}  // namespace tessera::metalium
