// The older spelling of api/compute/add_uint32_sfpu.h.
#pragma once

#include <api/compute/add_uint32_sfpu.h>
