// Operands that several cores need at the same time: one core reads them and sends them to the others.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <arch/arch.h>
#include <tile/lower/choices.h>
#include <tile/lower/liveness.h>
#include <tile/lower/movement.h>

namespace tessera::tile::lower {

/// One operand's way: along rows of cores (it does not depend on the grid's first axis) or along columns.
struct Multicast {
    bool along_row = true;
    uint32_t ready = 0, valid = 0;  ///< semaphores: receivers that have room; the block has arrived
};

/// A launch whose blocks are dealt to a rectangle of cores in step: core (x, y) has block (x, y) of each rectangle of
/// blocks, so that the cores of a row and of a column do the same loops at the same time.
struct Rectangle {
    int64_t width = 0, height = 0;  ///< in cores; 0: the launch is not dealt so
    int64_t x = 0, y = 0;           ///< its first core
    ir::Var core_x, core_y;
    /// Sender of the row, and x of the first and last receiver on the way of the kernel's NoC.
    ir::Var row_x, row_y, row_from, row_to;
    ir::Var column_x, column_y, column_from, column_to;  ///< sender of the column, and y of the receivers
    std::map<ir::Buffer, Multicast> operands;

    bool used() const { return width != 0; }
};

/// The rectangle, if there is one that uses at least three quarters of the cores that could work and at least one
/// operand that is shared along a row or a column, under control flow that is the same for those who share it. If the
/// script asks for policy="rect", also without such an operand; rect= says which cores it is of.
/// Reported: tile-schedule, if the grid's blocks are no such rectangles.
Rectangle choose_rectangle(const ir::Launch& launch, const Flows& flows, const ir::ScheduleHints& hints,
                           const Choices& choices, const arch::Chip& chip, Span span, Diagnostics& diagnostics);

/// A load that one core does for those that share it. `blocks`: that the ring has room for. With one alone the block
/// before may still be on its way from where the next one goes; with more, the receivers have said since that they have
/// it.
Transfer shared_read(Transfer own, const Multicast& multicast, const Rectangle& rectangle, int64_t bytes,
                     int64_t blocks, Span span);

/// The arguments that a data-movement kernel needs for it, by core.
std::vector<device::RuntimeArgument> rectangle_arguments(const Rectangle& rectangle, device::Role role,
                                                         const arch::Chip& chip);

}  // namespace tessera::tile::lower
