// The place where programs of 2024 find this header.
#pragma once

#include <magic_enum/magic_enum.hpp>
