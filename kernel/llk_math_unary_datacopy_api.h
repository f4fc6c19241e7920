// Lower-level names under the path that published kernels include.
#pragma once

#include <tessera/llk.h>
