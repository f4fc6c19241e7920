// WATCHER_RING_BUFFER_PUSH(value): the last 32 values of each processor are kept and shown in reports of errors.
#pragma once

#include "tessera/abi_debug.h"

constexpr static int16_t DEBUG_RING_BUFFER_STARTING_INDEX = -1;

inline void push_to_ring_buffer(uint32_t val) {
    ::tsr_ring_buffer_push(val);
}

#define WATCHER_RING_BUFFER_PUSH(x) push_to_ring_buffer(x)
