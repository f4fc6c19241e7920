// The older spelling of api/compute/sentinel/compute_kernel_sentinel.h.
#pragma once

#include <api/compute/sentinel/compute_kernel_sentinel.h>
