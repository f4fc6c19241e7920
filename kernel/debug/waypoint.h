// The spelling of api/debug/waypoint.h before 2026.
#pragma once

#include "api/debug/waypoint.h"
