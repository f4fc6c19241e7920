// The older spelling of api/compute/eltwise_unary/bitwise_or.h.
#pragma once

#include <api/compute/eltwise_unary/bitwise_or.h>
