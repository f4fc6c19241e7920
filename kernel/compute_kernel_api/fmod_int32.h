// The older spelling of api/compute/fmod_int32.h.
#pragma once

#include <api/compute/fmod_int32.h>
