// The low-level kernels' own spelling of llk_math_eltwise_sfpu_macros.h.
#pragma once

#include <llk_math_eltwise_sfpu_macros.h>
