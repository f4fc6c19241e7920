// The exact mode's implementations, for arithmetic.cpp to choose from.
#pragma once

#include <tensix/arithmetic.h>

namespace tessera::tensix::exact {

/// One table a chip, indexed by Chip.
extern const Arithmetic scalar_tables[2];
extern const Arithmetic portable_tables[2];
extern const Arithmetic avx2_tables[2];
extern const Arithmetic avx512_tables[2];

}  // namespace tessera::tensix::exact
