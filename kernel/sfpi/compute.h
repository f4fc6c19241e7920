// What a compute kernel sees of the vector unit without including anything for it: SFPI's names unqualified, and the
// wrappers that run a kernel's own functions. The compute API's headers include this file.
#pragma once

#include "llk_math_eltwise_sfpu_macros.h"
#include "sfpi.h"
#include "sfpi/ckernel_sfpu.h"
#include "sfpi/params.h"

// Names one by one: all of sfpi would make ckernel's DataLayout ambiguous. Functions are found through their arguments.
using sfpi::dst_reg;
using sfpi::l_reg;
using sfpi::LRegs;
using sfpi::s2vFloat16a;
using sfpi::s2vFloat16b;
using sfpi::sFloat16a;
using sfpi::sFloat16b;
using sfpi::vBool;
using sfpi::vConst0;
using sfpi::vConst0p8373;
using sfpi::vConst1;
using sfpi::vConstFloatPrgm0;
using sfpi::vConstFloatPrgm1;
using sfpi::vConstFloatPrgm2;
using sfpi::vConstIntPrgm0;
using sfpi::vConstIntPrgm1;
using sfpi::vConstIntPrgm2;
using sfpi::vConstNeg1;
using sfpi::vConstTileId;
using sfpi::vFloat;
using sfpi::vFloat16a;
using sfpi::vFloat16b;
using sfpi::vInt;
using sfpi::vMag;
using sfpi::vSMag;
using sfpi::vUInt;
using sfpi::vUInt16;
