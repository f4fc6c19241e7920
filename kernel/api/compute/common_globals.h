// Macros and enums of the compute API: ALWI, UNPACK, MATH, PACK, MAIN.
#pragma once

#include <tessera/compute_globals.h>
#include <tessera/configured.h>
