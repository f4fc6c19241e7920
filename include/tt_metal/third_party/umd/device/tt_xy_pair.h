// The place where programs of 2024 find this header.
#pragma once

#include <umd/device/tt_xy_pair.h>
