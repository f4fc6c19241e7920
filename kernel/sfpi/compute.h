// What a compute kernel sees of the vector unit without including anything for it: SFPI's names unqualified, and the
// wrappers that run a kernel's own functions. The compute API's headers include this file.
#pragma once

#include "sfpi.h"
#include "sfpi/ckernel_sfpu.h"
#include "sfpi/params.h"

using namespace sfpi;
