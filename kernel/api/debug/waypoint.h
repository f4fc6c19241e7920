// WAYPOINT("ABCD"): up to four characters that say where a processor is; reports of hangs and errors show the last one.
#pragma once

#include "tessera/abi_debug.h"

#define WAYPOINT(x)                                                              \
    do {                                                                         \
        static_assert(sizeof(x) <= 5, "a waypoint has at most four characters"); \
        ::tsr_waypoint(x);                                                       \
    } while (0)
#define WATCHER_WAYPOINT(x) WAYPOINT(x)
