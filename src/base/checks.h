// The checks that Tessera makes on a program, as one table: what `tessera checks` lists, what --allow and --deny
// accept, and the rules of a SARIF report. A page for each is in docs/checks/.
#pragma once

#include <span>
#include <string_view>

#include <base/error.h>

namespace tessera {

enum class CheckFamily { Progress, Ordering, CircularBuffers, Dst, Memory, Arguments, Host, Kernel, Limits };

/// "progress", "ordering", "circular-buffers", ...
std::string_view family_name(CheckFamily family);

struct Check {
    std::string_view name;  ///< kebab-case, as shown in error[name]
    CheckFamily family;
    Diagnostic::Severity severity;  ///< before --allow and --deny
    std::string_view summary;       ///< one line
};

/// All checks, by family.
std::span<const Check> checks();
/// Null for a name that is no check.
const Check* find_check(std::string_view name);

}  // namespace tessera
