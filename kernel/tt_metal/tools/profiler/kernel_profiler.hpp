// Zones of kernels.
#pragma once

#include <tessera/profiler.h>
