// The words, numbers and signs of a dump (parse.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::tile::ir {

struct Token {
    enum class Kind : uint8_t { Word, Integer, Real, Text, Sign, End } kind = Kind::End;
    std::string text;
    uint32_t line = 1, column = 1;
};

/// Throws tessera::Error (tile-dump-syntax) with the token's place.
[[noreturn]] void dump_error(const Token& at, const std::string& message);

/// All tokens, and one of Kind::End.
std::vector<Token> tokens_of(std::string_view text);

}  // namespace tessera::tile::ir
