// PAUSE(): a point where a debugger of the chip can hold a processor. Here other processors run, and it goes on.
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
