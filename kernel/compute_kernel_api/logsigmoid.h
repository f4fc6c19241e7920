// The older spelling of api/compute/logsigmoid.h.
#pragma once

#include <api/compute/logsigmoid.h>
