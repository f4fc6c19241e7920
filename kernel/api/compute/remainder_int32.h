// int32 remainders; see binary_remainder.h.
#pragma once

#include "api/compute/binary_remainder.h"
