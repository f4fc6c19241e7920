// The older spelling of api/compute/eltwise_unary/negative.h.
#pragma once

#include <api/compute/eltwise_unary/negative.h>
