// The checking macros, under their older path.
#pragma once

#include <tt_stl/assert.hpp>
