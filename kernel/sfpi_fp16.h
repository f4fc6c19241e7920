// Scalar 16-bit floats are part of sfpi.h.
#pragma once

#include "sfpi.h"
