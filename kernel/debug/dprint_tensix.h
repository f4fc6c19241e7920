// The spelling of api/debug/dprint_tensix.h before 2026.
#pragma once

#include "api/debug/dprint_tensix.h"
