// The older spelling of api/compute/eltwise_unary/fmod.h.
#pragma once

#include <api/compute/eltwise_unary/fmod.h>
