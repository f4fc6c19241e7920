// floor under the header it had before rounding.h.
#pragma once

#include "api/compute/eltwise_unary/rounding.h"
