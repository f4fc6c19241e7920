// The earlier name of sub_int_sfpu.h.
#pragma once

#include "api/compute/sub_int_sfpu.h"
