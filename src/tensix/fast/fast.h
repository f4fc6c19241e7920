// The fast mode's implementations, for arithmetic.cpp to choose from.
#pragma once

#include <tensix/arithmetic.h>

namespace tessera::tensix {

/// By the level names of ops_by_name; nullptr if this CPU can't run it.
const Arithmetic* fast_by_name(Chip chip, const char* level);

}  // namespace tessera::tensix
