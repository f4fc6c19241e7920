// The older spelling of api/compute/xlogy.h.
#pragma once

#include <api/compute/xlogy.h>
