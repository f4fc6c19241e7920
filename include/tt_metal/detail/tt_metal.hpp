// The place where programs of 2024 find this header.
#pragma once

#include <tt_metal/host_api.hpp>
