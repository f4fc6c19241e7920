// The older spelling of api/compute/reshuffle.h.
#pragma once

#include <api/compute/reshuffle.h>
