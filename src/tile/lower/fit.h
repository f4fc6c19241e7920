// What to do where blocks are too large.
#pragma once

#include <vector>

#include <arch/arch.h>
#include <tile/lower.h>

namespace tessera::tile::lower {

/// The kernel with those launches in strips (see strips.h) whose blocks do not fit into L1, as wide as leaves room for
/// two blocks of each buffer. A launch that strips do not help is as it was.
ir::Kernel fit_in_strips(const ir::Kernel& kernel, const std::vector<Choices>& choices, const arch::Chip& chip);

}  // namespace tessera::tile::lower
