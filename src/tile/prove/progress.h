// Whether the three kernels of a core, or cores among each other, can wait for ever: decided from their code, before
// anything runs, and without running through their loops.
//
// Circular buffers. What a kernel does never depends on who came first. So if there is one order in which all get to
// their ends, all orders do. One is looked for in which the kernels go through equal loops together: a turn that leaves
// every buffer as full as it found it can be done any number of times. Loops that only one kernel has are gone through
// turn by turn.
//
// Semaphores. Cores wait for each other only where one of a line hands a block to the others: it waits until all have
// said that they have room, they wait for the block. If all cores of a line do the same handovers in the same order
// (equal code around them, under conditions and loops that are the same for the line), take the core that stands at the
// earliest handover that nobody of its line has finished: all others of the line are before it, so get there (their own
// kernels do not stop them, as the first part says), or at it. None can be beyond, since a handover ends for all or for
// none. So that handover is done, and there is no last one. The number of turns and of cores plays no part. Where two
// kernels of a core hand over, the handover that one stands at may be behind what waits for another line's. Then all
// cores have to use their buffers and hand over in one order, whatever their place: let all do in step what the first
// part found for one. At a handover everybody of its line is there, so this is an order of all cores together in which
// all get to their ends, and if there is one, all orders do.
//
// Turns. Cores in a ring update tensors one after the other: the n-th turn of a core waits until the core before has
// had n turns, and n + 1 if it is not the ring's first. So turns are in one order, n first and then the place in the
// ring. Take the earliest that is not over: what it waits for is earlier. A core that has had its last turn passes on
// those of the others, until it hears from the one before that none of the ring takes more: that number grows from core
// to core once all have had their last. A ring has one first core, and all of its cores pass their turn to the next.
#pragma once

#include <optional>

#include <tile/prove/verdicts.h>

namespace tessera::tile::prove {

/// Of the circular buffers of one core.
Verdict rings(const device::Program& program);
/// Of the semaphores between cores, if the circular buffers hold nobody up.
Verdict handshakes(const device::Program& program, const arch::Chip& chip);
/// Of cores that take turns; nothing if none do.
std::optional<Verdict> turns(const device::Program& program, const arch::Chip& chip);

}  // namespace tessera::tile::prove
