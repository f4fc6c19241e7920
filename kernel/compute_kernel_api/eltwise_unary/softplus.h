// The older spelling of api/compute/eltwise_unary/softplus.h.
#pragma once

#include <api/compute/eltwise_unary/softplus.h>
