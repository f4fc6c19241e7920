// The general part of the compute API and the vector unit's common functions.
#pragma once

#include <api/compute/common.h>

#if __has_include(<tessera/compute_kernel_api_sfpu.h>)
#include <tessera/compute_kernel_api_sfpu.h>
#endif
