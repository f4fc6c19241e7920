// The place where programs of 2024 find this header.
#pragma once

#include <hostdevcommon/common_values.hpp>
