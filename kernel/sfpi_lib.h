// The vector functions are part of sfpi.h.
#pragma once

#include "sfpi.h"
