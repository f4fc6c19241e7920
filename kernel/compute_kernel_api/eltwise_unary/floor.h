// The older spelling of api/compute/eltwise_unary/floor.h.
#pragma once

#include <api/compute/eltwise_unary/floor.h>
