// Circular buffers that end on another core, under their first name.
#pragma once

#include <api/remote_circular_buffer.h>
