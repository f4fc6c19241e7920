// The older spelling of api/compute/blank.h.
#pragma once

#include <api/compute/blank.h>
