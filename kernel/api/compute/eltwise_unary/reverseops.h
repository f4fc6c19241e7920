// Subtraction from a scalar.
#pragma once

#include "api/compute/eltwise_unary/rsub.h"
