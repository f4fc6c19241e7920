// The older spelling of api/compute/add_uint16_sfpu.h.
#pragma once

#include <api/compute/add_uint16_sfpu.h>
