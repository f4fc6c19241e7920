// The older spelling of api/compute/sub_uint16_sfpu.h.
#pragma once

#include <api/compute/sub_uint16_sfpu.h>
