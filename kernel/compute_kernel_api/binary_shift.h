// The older spelling of api/compute/binary_shift.h.
#pragma once

#include <api/compute/binary_shift.h>
