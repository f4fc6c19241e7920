// Updates in turns: how a core knows that it may read what others have written, and tells the next one.
#pragma once

#include <cstdint>
#include <vector>

#include <arch/arch.h>
#include <tile/device/program.h>
#include <tile/lower/movement.h>

namespace tessera::tile::lower {

/// Of a launch with copies in turns. Each core has a semaphore that counts the turns of the core before it; of a core
/// that takes turns with nobody, its own.
struct Turns {
    int64_t lanes = 0;                    ///< cores that take turns with each other; 0: the launch has no turns
    uint32_t semaphore = 0;               ///< turns that the core before has done
    uint32_t ended = 0;                   ///< of several lanes: cores before this one that take no more turns
    ir::Var next_x, next_y;               ///< the core whose turn is next
    ir::Var ahead;                        ///< 1 where the core before has to be a turn ahead: all but the first lane
    std::vector<device::CoreWork> cores;  ///< in the order of their blocks

    bool used() const { return lanes != 0; }
};

/// The turns of a launch whose work is split, with a semaphore of the program for them.
Turns plan_turns(const ir::Launch& launch, device::Program& program);

/// Waits until it is the core's turn number `turns`.
device::Node take_turn(const Turns& turns, const ir::Var& taken, Span span);
/// After all writes have arrived, lets the next core have its turn.
device::Node pass_turn(const Turns& turns, Span span);
/// After a core's last turn: passes on the turns of those that have more of them, until nobody has.
device::Node relay_turns(const Turns& turns, const ir::Var& taken);

/// The arguments that a kernel needs for it, by core, and their variables.
std::vector<std::pair<ir::Var, device::RuntimeArgument>> turn_arguments(const Turns& turns, const arch::Chip& chip);

}  // namespace tessera::tile::lower
