// Typed pointers into this core's memory, under their later name.
#pragma once

#include <experimental/core_local_mem.h>

using experimental::CoreLocalMem;
