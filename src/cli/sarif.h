// Diagnostics as SARIF 2.1.0, the form that editors and CI services show beside the source.
#pragma once

#include <span>
#include <string>

#include <base/error.h>

namespace tessera::cli {

/// Writes a SARIF log with one run: a rule for every check of the table, a result for every diagnostic. Throws
/// tessera::Error (cannot-write).
void write_sarif(const std::string& path, std::span<const Diagnostic> found);

}  // namespace tessera::cli
