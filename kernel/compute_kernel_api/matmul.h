// The older spelling of api/compute/matmul.h.
#pragma once

#include <api/compute/matmul.h>
