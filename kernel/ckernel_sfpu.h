// The vector unit's library under the name that kernels with functions of their own include.
#pragma once

#include <sfpi/ckernel_sfpu.h>
