// How many pages of each circular buffer a path holds: reserved and not pushed, or waited for and not popped.
#pragma once

#include "state.h"

namespace tessera::analysis {

/// Reserves pages or waits for them. `any` becomes true if the buffer's index is computed.
void grow(Windows& windows, bool& any, const Event& event);

/// Pushes or pops pages. True if the window is known to hold fewer pages than are taken.
bool shrink(Windows& windows, bool any, const Event& event);

/// Whether taking these pages takes the whole window.
bool takes_all(const Windows& windows, int64_t cb, const llvm::Value* pages);

/// The window of a buffer; an empty one if the path holds nothing of it. Never null.
const Window* window_of(const Windows& windows, int64_t cb);

}  // namespace tessera::analysis
