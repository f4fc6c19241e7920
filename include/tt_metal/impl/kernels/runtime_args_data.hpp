// The place where programs of 2024 find this header.
#pragma once

#include <tt-metalium/runtime_args_data.hpp>
