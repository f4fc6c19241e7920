// Older path of the buffer enumerations.
#pragma once

#include <tt-metalium/buffer_types.hpp>
