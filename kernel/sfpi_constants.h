// The vector unit's constants are part of sfpi.h.
#pragma once

#include "sfpi.h"
