// The older spelling of api/compute/lcm.h.
#pragma once

#include <api/compute/lcm.h>
