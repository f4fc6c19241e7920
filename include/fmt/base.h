// fmt 11 moved its core to <fmt/base.h>; with an older fmt the same names come from <fmt/core.h>.
#pragma once

#if defined(__has_include_next)
#if __has_include_next(<fmt/base.h>)
#define TESSERA_FMT_HAS_BASE 1
#endif
#endif

#ifdef TESSERA_FMT_HAS_BASE
#include_next <fmt/base.h>
#endif
#include <fmt/core.h>
