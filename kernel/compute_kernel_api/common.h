// The older spelling of api/compute/common.h.
#pragma once

#include <api/compute/common.h>
