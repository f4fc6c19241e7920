// What holds of every program that lowering has made: looked for before it is proved, printed or written, and never
// repaired.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tile/device/program.h>

namespace tessera::tile::device {

/// One rule of the table.
struct Rule {
    std::string_view name;     ///< "ring-known"
    std::string_view meaning;  ///< one sentence
};
/// All of them, in the order in which they are looked for.
std::span<const Rule> rules();

/// Where a module breaks one.
struct Break {
    std::string_view rule;
    Span span;  ///< of the script, where there is such a place
    std::string message;
};

/// Of the tensors, then of each program. Empty for a module as it should be.
std::vector<Break> verify(const Module& module);

/// Throws std::logic_error with all of them: they are mistakes of the compiler, not of a script.
void require_valid(const Module& module);

}  // namespace tessera::tile::device
