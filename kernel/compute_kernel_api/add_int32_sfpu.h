// The older spelling of api/compute/add_int32_sfpu.h.
#pragma once

#include <api/compute/add_int32_sfpu.h>
