// Which core does which blocks of a launch: as the script says with annotate_tt_schedule, or the best of what is there.
#pragma once

#include <arch/arch.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower/body.h>

namespace tessera::tile::lower {

/// Fills the plan's rectangle and work, the program's grid, cores, semaphores and order, and Flows::resident.
///
/// A script that says nothing gets the schedule under which most blocks lie in the L1 of the core that needs them, as
/// far as its tensors are sharded; of those the one in which cores in step read operands for each other, if there is
/// one; else its blocks one after the other in row-major order, as many to each core.
/// Reported: tile-grid, tile-schedule.
void choose_schedule(const ir::Launch& launch, Flows& flows, const ir::ScheduleHints& hints, const Choices& choices,
                     const arch::Chip& chip, LaunchPlan& plan, device::Program& program, Diagnostics& diagnostics);

/// chunk_k_tiles and qk_chunk_tiles are what the script's products are made of: K tiles of a product with a loop around
/// it, and tiles of keys of one with a transposed second operand. The script says these itself by its blocks, so that
/// another number is refused: tile-schedule.
void require_chunks(const ir::Kernel& kernel, Diagnostics& diagnostics);

}  // namespace tessera::tile::lower
