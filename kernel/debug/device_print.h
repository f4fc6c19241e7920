// The spelling of api/debug/device_print.h before 2026.
#pragma once

#include "api/debug/device_print.h"
