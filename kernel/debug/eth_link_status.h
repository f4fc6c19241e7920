// The spelling of api/debug/eth_link_status.h before 2026.
#pragma once

#include "api/debug/eth_link_status.h"
