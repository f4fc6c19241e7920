// The older spelling of api/compute/pack_untilize.h.
#pragma once

#include <api/compute/pack_untilize.h>
