// The older spelling of api/compute/eltwise_unary/left_shift.h.
#pragma once

#include <api/compute/eltwise_unary/left_shift.h>
