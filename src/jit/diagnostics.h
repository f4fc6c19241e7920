// Turns what clang or the loader say about a kernel into a diagnostic that speaks of the kernel only.
#pragma once

#include <string>

#include <base/error.h>

namespace tessera::jit {

/// kernel-compile-error from clang's output. generated: path of the generated source, of which no line is shown.
Error compile_error(const std::string& kernel_name, const std::string& clang_output, const std::string& generated);

/// kernel-compile-error from a failed dlopen: usually a function that is declared and defined nowhere.
Error load_error(const std::string& kernel_name, const std::string& loader_message);

}  // namespace tessera::jit
