// The earlier name of binary_fmod.h.
#pragma once

#include "api/compute/binary_fmod.h"
