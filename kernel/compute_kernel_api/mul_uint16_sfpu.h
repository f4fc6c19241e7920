// The older spelling of api/compute/mul_uint16_sfpu.h.
#pragma once

#include <api/compute/mul_uint16_sfpu.h>
