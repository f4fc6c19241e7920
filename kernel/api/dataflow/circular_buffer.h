// Circular buffers as objects, under their later name.
#pragma once

#include <experimental/circular_buffer.h>

using experimental::CircularBuffer;
using experimental::CircularBufferView;
using experimental::use;
