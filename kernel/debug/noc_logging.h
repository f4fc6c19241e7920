// The spelling of api/debug/noc_logging.h before 2026.
#pragma once

#include "api/debug/noc_logging.h"
