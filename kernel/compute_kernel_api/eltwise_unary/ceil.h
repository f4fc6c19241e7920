// The older spelling of api/compute/eltwise_unary/ceil.h.
#pragma once

#include <api/compute/eltwise_unary/ceil.h>
