// What holds of every kernel between any two passes. It is looked for anew each time and never repaired.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tile/ir/stmt.h>

namespace tessera::tile::ir {

/// One rule of the table.
struct Invariant {
    std::string_view name;     ///< "store-type"
    std::string_view meaning;  ///< one sentence
};
/// All of them, in the order in which they are looked for.
std::span<const Invariant> invariants();

/// Where a kernel breaks one.
struct Violation {
    std::string_view invariant;
    Span span;  ///< of the statement; of a parameter its own
    std::string message;
};

/// Empty for a kernel as it should be. An expression or region that is not even whole is reported once, and what
/// builds on it is not looked at.
std::vector<Violation> verify(const Kernel& kernel);

/// Throws std::logic_error with all violations and `pass`, the name of what made the kernel: they are mistakes of the
/// compiler, not of a script.
void require_valid(const Kernel& kernel, std::string_view pass);

}  // namespace tessera::tile::ir
