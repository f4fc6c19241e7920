// The older spelling of api/compute/quantization.h.
#pragma once

#include <api/compute/quantization.h>
