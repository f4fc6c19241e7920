// Levels of host CPUs for which the arithmetic is compiled.
#pragma once

#include <initializer_list>

namespace tessera::tensix {

/// Best first.
constexpr std::initializer_list<const char*> cpu_levels = {"amx", "avx512bf16", "avx512", "avx2", "portable"};

/// Whether this CPU has all that a level of cpu_levels needs. For "amx" the operating system is asked for permission.
bool cpu_has(const char* level);

}  // namespace tessera::tensix
