// PAUSE(): with TT_METAL_WATCHER set, waits for ENTER on the host's standard input; otherwise does nothing.
#pragma once

#include "tessera/abi_debug.h"
#include "waypoint.h"

inline void watcher_pause() {
    ::tsr_pause();
}

#define PAUSE()          \
    do {                 \
        watcher_pause(); \
    } while (0)
