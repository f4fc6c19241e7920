// For kernels that do nothing: only the entry point's macros.
#pragma once

#include <api/compute/common_globals.h>
