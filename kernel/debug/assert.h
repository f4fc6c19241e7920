// The spelling of api/debug/assert.h before 2026.
#pragma once

#include "api/debug/assert.h"
