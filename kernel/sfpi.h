// SFPI: C++ for the vector unit (SFPU) of a Tensix core. 32-lane vectors vFloat, vInt and vUInt, the registers dst_reg
// and l_reg, v_if with per-lane enables, and the functions of sfpi/lib.h. Kernels write
//     sfpi::vFloat x = sfpi::dst_reg[0];
//     v_if (x < 0.0f) { x = 0.0f; } v_endif;
//     sfpi::dst_reg[0] = x;
// and run such a function with _llk_math_eltwise_unary_sfpu_params_ (sfpi/params.h).
#pragma once

#include "sfpi/lib.h"
#include "sfpi/registers.h"
#include "sfpi/vectors.h"
