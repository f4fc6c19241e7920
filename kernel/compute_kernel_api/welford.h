// The older spelling of api/compute/welford.h.
#pragma once

#include <api/compute/welford.h>
