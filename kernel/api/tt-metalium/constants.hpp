// Dimensions of tiles.
#pragma once

#include <tt-metalium/constants.hpp>
