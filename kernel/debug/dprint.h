// The spelling of api/debug/dprint.h before 2026.
#pragma once

#include "api/debug/dprint.h"
