// The spelling of api/debug/pause.h before 2026.
#pragma once

#include "api/debug/pause.h"
