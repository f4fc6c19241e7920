// Older path of the coordinate pair.
#pragma once

#include <umd/device/types/xy_pair.hpp>
