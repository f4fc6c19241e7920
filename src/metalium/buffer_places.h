// Tells the machine where buffers lie, so that its checks know which memory is whose.
#pragma once

#include <tt-metalium/buffer.hpp>

namespace tessera::metalium {

/// The buffer has its memory from now on. owner: it was allocated for it, and is no other buffer's.
void tell_allocated(const tt::tt_metal::Buffer& buffer, bool owner);
/// The buffer's memory is given back. Does nothing for a buffer that was never told of, or the second time.
void tell_freed(const tt::tt_metal::Buffer& buffer);

}  // namespace tessera::metalium
