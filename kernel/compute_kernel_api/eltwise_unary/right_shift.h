// The older spelling of api/compute/eltwise_unary/right_shift.h.
#pragma once

#include <api/compute/eltwise_unary/right_shift.h>
