// `tessera tile explain`: what the tile compiler has decided about a kernel, and what comes of it.
#pragma once

#include "tile.h"

namespace tessera::cli {

int run_tile_explain(const TileOptions& options);

}  // namespace tessera::cli
