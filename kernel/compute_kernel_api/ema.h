// The older spelling of api/compute/ema.h.
#pragma once

#include <api/compute/ema.h>
