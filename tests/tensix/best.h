// The fast mode's loops at this CPU's level.
#pragma once

#include <tensix/fast/ops.h>

inline const tessera::tensix::Ops& best() {
    using namespace tessera::tensix;
    return *ops_by_name(arithmetic(MathMode::Fast, Chip::Wormhole).level);
}
