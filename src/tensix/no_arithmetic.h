// A mode in which the unpackers, the matrix unit and the packers compute nothing: results are whatever bytes lay there.
// What a program does and when stays the same, as long as it doesn't look at its results. The vector unit computes as
// in the fast mode. Apart from arithmetic.h, which all code of the two modes that compute includes.
#pragma once

#include <tensix/arithmetic.h>

namespace tessera::tensix {

inline constexpr auto no_arithmetic = static_cast<MathMode>(2);

}  // namespace tessera::tensix
