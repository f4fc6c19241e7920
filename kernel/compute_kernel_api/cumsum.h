// The older spelling of api/compute/cumsum.h.
#pragma once

#include <api/compute/cumsum.h>
