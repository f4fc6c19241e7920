// Reads what print.h writes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <tile/ir/stmt.h>

namespace tessera::tile::ir {

/// Throws tessera::Error (tile-dump-syntax) with line and column for what is no such text. What the text says is not
/// checked further than that expressions have types; verify.h does that.
Kernel parse(std::string_view text);

/// The kernel with dimensions that were known at run time only made constants: those of its symbols that have a value
/// here. Places of statements and parameters stay, those of expressions do not.
Kernel specialise(const Kernel& kernel, const std::map<std::string, int64_t, std::less<>>& values);

}  // namespace tessera::tile::ir
