// Which core does which blocks of a launch's grid, and how a core finds its blocks.
#pragma once

#include <arch/arch.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower.h>
#include <tile/lower/body.h>
#include <tile/lower/choices.h>

namespace tessera::tile::lower {

/// How many cores each of a kernel's launches may have, as far as the board, the script and the choices say.
int64_t cores_of(const ir::ScheduleHints& hints, const Options& options);

/// Fills the program's grid and cores, and the plan's variables: a core does `count` blocks from `start` on, each
/// `step` after the one before (1, or of the strided policy the number of cores), in the order of the schedule;
/// `decode` says which block a number is. Reported: tile-grid (an extent known at run time only), tile-schedule (a
/// policy or order that there is not).
void split_work(const ir::Launch& launch, const ir::ScheduleHints& hints, const Choices& choices,
                const arch::Chip& chip, LaunchPlan& plan, device::Program& program, Span span,
                Diagnostics& diagnostics);

}  // namespace tessera::tile::lower
