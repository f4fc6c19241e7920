// Dataflow buffers, under their later name.
#pragma once

#include <experimental/dataflow_buffer.h>

using experimental::DataflowBuffer;
