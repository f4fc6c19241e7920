// Where the compiler, Tessera's own headers and the pass plugin are, and the flags that every kernel is compiled with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jit.h"

namespace tessera::jit {

struct Toolchain {
    std::string compiler;     ///< clang++-19
    std::string linker;       ///< ld.lld-19
    std::string symbolizer;   ///< llvm-symbolizer-19
    std::string plugin;       ///< libtessera_pass.so
    std::string kernel_dir;   ///< kernel/
    std::string include_dir;  ///< include/
    std::string march;        ///< x86-64-v2, -v3 or -v4: what this machine can run
    std::string identity;     ///< changes when any of these tools does
};

/// Found once. Throws tessera::Error missing-compiler if the compiler or the plugin is not there.
const Toolchain& toolchain();

/// The compiler's name and the flags that a kernel and its prelude share.
std::vector<std::string> common_flags(Kind kind, uint8_t family, const std::string& opt_level);

}  // namespace tessera::jit
