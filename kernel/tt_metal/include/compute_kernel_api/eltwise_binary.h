// Some kernels include this header by its path in the source tree.
#pragma once

#include <api/compute/eltwise_binary.h>
