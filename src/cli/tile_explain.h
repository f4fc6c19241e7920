// What the tile compiler has decided about a kernel, for people.
#pragma once

#include <string>

#include <tile/device/program.h>

namespace tessera::cli {

/// Tensors and how they lie, cores and their work, circular buffers with their share of L1, arithmetic.
std::string explanation_of(const tile::device::Module& module, const std::string& board);

}  // namespace tessera::cli
