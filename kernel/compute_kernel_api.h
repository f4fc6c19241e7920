// The older spelling of api/compute/compute_kernel_api.h, which held the comparisons as well.
#pragma once

#include <api/compute/compute_kernel_api.h>
#include <api/compute/eltwise_unary/comp.h>
