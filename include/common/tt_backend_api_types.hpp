// The place where programs of 2024 find this header.
#pragma once

#include <tt_metal/common/tt_backend_api_types.hpp>
