// The logging functions, under their older path.
#pragma once

#include <tt-logger/tt-logger.hpp>
