// The place where programs of 2024 find this header.
#pragma once

#include <tt_metal/impl/device/device.hpp>
