// The spelling of api/debug/dprint_tile.h before 2026.
#pragma once

#include "api/debug/dprint_tile.h"
