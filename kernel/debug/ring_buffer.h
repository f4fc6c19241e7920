// The spelling of api/debug/ring_buffer.h before 2026.
#pragma once

#include "api/debug/ring_buffer.h"
