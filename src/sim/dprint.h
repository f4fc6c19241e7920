// Debug output of kernels on the host's side: DPRINT text, waypoints, ring buffers, zones. The scheduler brackets a run
// with dprint_begin_run and dprint_end_run; reports of errors ask processor_notes what a processor last said.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include <arch/arch.h>

namespace tessera::sim {

/// What is printed and where to. From the TT_METAL_DPRINT_* variables, which mean here what they mean on hardware, but
/// for one thing: without TT_METAL_DPRINT_CORES every core prints, since printing takes no hardware resource.
struct DprintSettings {
    bool all_cores = true;
    std::vector<arch::Coord> cores;  ///< logical; used if not all_cores
    bool all_devices = true;
    std::vector<uint32_t> devices;   ///< used if not all_devices
    uint32_t threads = 0x1F;         ///< TSR_THREAD_* that print
    std::string file;                ///< empty: standard output
    bool one_file_per_risc = false;  ///< files under output_directory instead, without prefixes
    std::string output_directory = "generated/dprint/";
    bool prefix = true;  ///< start each line with DEVICE:(x=X,y=Y):RISC:

    /// Throws tessera::Error (bad-environment) that names the variable it can't read.
    static DprintSettings from_environment();
    bool prints(uint32_t device, arch::Coord core, uint32_t thread) const;
};

/// Replaces the settings read from the environment and, unless null, standard output. Only between runs.
void dprint_configure(DprintSettings settings, std::ostream* stream = nullptr);

/// A run starts: the second after which lines are shown while it goes on counts from here.
void dprint_begin_run();
/// Shows all whole lines printed so far, ordered by device, core (y, then x) and processor, so that one run's text does
/// not depend on how many host threads ran it. Called at a run's end, whether it ended well or not.
void dprint_end_run();
/// May be called any time from any thread, e.g. when fibers switch: shows whole lines once a run has lasted a second.
void dprint_tick();
/// The devices close: shows lines that never ended, too, and forgets every processor's stream state and notes.
void dprint_close();

/// What a processor last said about itself.
struct ProcessorNotes {
    std::string waypoint;               ///< empty: none yet
    std::vector<uint32_t> ring_buffer;  ///< at most 32 values, newest first
    std::vector<std::string> zones;     ///< profiler zones it is in, outermost first
};
/// processor: 0 RISCV_0, 1 RISCV_1, 2 compute.
ProcessorNotes processor_notes(uint32_t device, arch::Coord logical, uint32_t processor);

}  // namespace tessera::sim
