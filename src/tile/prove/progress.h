// Whether the three kernels of a core can wait for each other for ever: decided from their code, before anything runs,
// and without running through their loops.
//
// Kernels only wait for circular buffers, and what one does never depends on who came first. So if there is one order
// in which all get to their ends, all orders do. One is looked for in which the kernels go through equal loops
// together: a turn that leaves every buffer as full as it found it can be done any number of times. Loops that only one
// kernel has are gone through turn by turn.
#pragma once

#include <string>
#include <vector>

#include <tile/device/program.h>

namespace tessera::tile {

class Diagnostics;

namespace prove {

struct Verdict {
    enum class Kind : uint8_t {
        Proved,   ///< every kernel ends, and no block of pages runs over the end of its buffer
        Stuck,    ///< there is a state that nobody leaves: `steps` lead to it
        Unknown,  ///< neither could be shown
    } kind = Kind::Proved;
    std::string what;                ///< of Stuck and Unknown: one sentence
    Span span;                       ///< of the script: where the first kernel stands
    std::vector<std::string> waits;  ///< "reader waits for room for 8 pages in cb_B_shared, which holds 24 of 24"
    std::vector<std::string> steps;  ///< the last ones before, oldest first
};

/// Of the circular buffers of a core. Semaphores, by which cores wait for each other, are not looked at.
Verdict progress(const device::Program& program);

/// What was made must come to an end; that it does not is a mistake of the compiler, and better said before it hangs.
/// Reported: tile-deadlock, with what waits for what and the steps before; tile-not-proved, a note.
void require_progress(const device::Program& program, Diagnostics& diagnostics);

}  // namespace prove
}  // namespace tessera::tile
