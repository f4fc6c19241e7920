// Recursive descent over tokens: a file's text to its syntax tree.
#pragma once

#include <memory>
#include <string_view>

#include <tile/front/syntax.h>
#include <tile/ir/diagnostics.h>

namespace tessera::tile::front {

/// The tree of a whole file. Errors go to `diagnostics`, one a statement: reading goes on behind each.
std::unique_ptr<Tree> parse(std::string_view text, uint16_t file, Diagnostics& diagnostics);
/// One expression, all of `text`; null after an error. `start` is where it stands.
Expr* parse_expression(std::string_view text, Span start, Tree& tree, Diagnostics& diagnostics);

}  // namespace tessera::tile::front
