// The low-level kernels' own spelling of sfpi/params.h.
#pragma once

#include "sfpi/compute.h"
