// `tessera tile run`, and the parts of it that explaining and tuning need as well.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <record/recording.h>

#include "scratch.h"
#include "tile_compare.h"
#include "tile_compile.h"

namespace tessera::cli {

/// A compiled kernel, run on the simulated board.
struct TileExecution {
    RunOutcome outcome;
    std::string sources;                  ///< the folder of what was compiled and run
    std::vector<Comparison> comparisons;  ///< of what the kernel writes; none without the oracle
    double oracle_seconds = 0;
};

/// Writes the sources into the cache and runs them with compiled.inputs. Results go to options.output or are dropped;
/// the recording, if the options ask for times, to scratch.
TileExecution execute_tile(const TileOptions& options, const CompiledTile& compiled, const Folder& scratch);

/// What execute_tile left; nothing if times were not asked for.
std::optional<record::Recording> recording_of(const TileOptions& options, const Folder& scratch);

int run_tile_run(const TileOptions& options);

}  // namespace tessera::cli
