// A replay written down for other tools to show: Perfetto and chrome://tracing, tt-npe and ttnn-visualizer, and
// whatever reads the device profiler's log.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <timing/replay.h>

namespace tessera::timing {

/// The part of a replay that is wanted.
struct Selection {
    double from_us = 0;  ///< since the first launch was dispatched
    double to_us = std::numeric_limits<double>::infinity();
    uint32_t first_x = 0, first_y = 0;  ///< logical coordinates of cores
    uint32_t last_x = 0xFFFF, last_y = 0xFFFF;
    int32_t device = -1;  ///< -1: all
    bool has(const record::Core& core) const {
        return core.logical_x >= first_x && core.logical_x <= last_x && core.logical_y >= first_y &&
               core.logical_y <= last_y && (device < 0 || core.device == device);
    }
};

/// Cores as "2,3" or "0-7,2" (logical x and y; empty: all) and a time as "10-25.5" (microseconds; empty: all of it).
/// Nothing if the texts mean neither.
std::optional<Selection> selection_of(std::string_view cores, std::string_view time);

/// What an export does not hold.
struct LeftOut {
    uint64_t spans = 0, transfers = 0, levels = 0, zones = 0;
    double full_us = -1;  ///< from here on, since the limit had been reached; -1: it was not
    bool any() const { return spans + transfers + levels + zones != 0; }
    /// "left out: 12 spans, 3 transfers"; empty if nothing was.
    std::string text() const;
};

struct PerfettoOptions {
    Selection selection;
    uint64_t most_events = 2'000'000;  ///< the trace ends there: viewers get slow
};

/// Trace events in JSON for ui.perfetto.dev or chrome://tracing: a process a core, a track a unit; waits with what
/// ended them, as arrows; NoC transactions; the fill of circular buffers; profiler zones. Writes while it replays.
LeftOut write_perfetto(const record::Recording& recording, const WhatIf& what_if, std::ostream& out,
                       const PerfettoOptions& options = {});

/// The NoC events of one launch (index into Recording::launches) on one device, as the device profiler traces them and
/// tt-npe reads them. Transactions with state have their target too, so that each stands for itself.
void write_noc_trace(const record::Recording& recording, const WhatIf& what_if, size_t launch, uint32_t device,
                     std::ostream& out);

/// The time line of one launch in the format that tt-npe writes (version 1.0.0) and ttnn-visualizer shows: transfers
/// with their routes, kernels and zones, and the demand for each link in steps of so many cycles.
void write_npe_timeline(const record::Recording& recording, const WhatIf& what_if, size_t launch, std::ostream& out,
                        uint32_t cycles_per_timestep = 256);

/// profile_log_device.csv as TT-Metalium's device profiler writes it: a row for each begin and end of a kernel and of a
/// zone, in cycles since the first launch was dispatched. The firmware's zones are those of its kernel: what the
/// firmware does around it is not in the model.
void write_profile_csv(const record::Recording& recording, const WhatIf& what_if, std::ostream& out);

/// Where TT-Metalium writes profile_log_device.csv: below TT_METAL_PROFILER_DIR, or generated/profiler in TT_METAL_HOME
/// or the working directory.
std::string profile_csv_path();

}  // namespace tessera::timing
