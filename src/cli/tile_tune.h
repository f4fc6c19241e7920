// `tessera tile tune`: looks for the quickest way to compile a kernel, without hardware.
#pragma once

#include "tile.h"

namespace tessera::cli {

void add_tune_options(CLI::App& command, TileOptions& options);
int run_tile_tune(const TileOptions& options);

}  // namespace tessera::cli
