// The older spelling of api/compute/untilize.h.
#pragma once

#include <api/compute/untilize.h>
