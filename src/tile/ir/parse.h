// Reads what print.h writes.
#pragma once

#include <string_view>

#include <tile/ir/stmt.h>

namespace tessera::tile::ir {

/// Throws tessera::Error (tile-dump-syntax) with line and column for what is no such text. What the text says is not
/// checked further than that expressions have types; verify.h does that.
Kernel parse(std::string_view text);

}  // namespace tessera::tile::ir
