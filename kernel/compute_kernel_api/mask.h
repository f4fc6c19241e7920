// The older spelling of api/compute/mask.h.
#pragma once

#include <api/compute/mask.h>
