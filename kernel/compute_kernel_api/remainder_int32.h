// The older spelling of api/compute/remainder_int32.h.
#pragma once

#include <api/compute/remainder_int32.h>
