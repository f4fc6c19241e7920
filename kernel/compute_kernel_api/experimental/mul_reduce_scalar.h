// The older spelling of api/compute/experimental/mul_reduce_scalar.h.
#pragma once

#include <api/compute/experimental/mul_reduce_scalar.h>
