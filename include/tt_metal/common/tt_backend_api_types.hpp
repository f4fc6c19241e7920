// The place where programs of 2024 find this header.
#pragma once

#include <tt-metalium/tt_backend_api_types.hpp>
