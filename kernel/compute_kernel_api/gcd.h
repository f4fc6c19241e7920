// The older spelling of api/compute/gcd.h.
#pragma once

#include <api/compute/gcd.h>
