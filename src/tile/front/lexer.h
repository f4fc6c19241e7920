// Tokens of a script: Python's, with indentation as tokens, strings resolved, and lines joined.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tile/ir/diagnostics.h>
#include <tile/ir/types.h>

namespace tessera::tile::front {

enum class TokenKind : uint8_t {
    Name,   ///< keywords too
    Int,    ///< int_value; `wide` if it does not fit
    Float,  ///< float_value
    Imaginary,
    String,  ///< text: escapes resolved
    Bytes,
    FString,  ///< text: as written between the quotes; raw says whether escapes are left alone
    Operator,
    Newline,
    Indent,
    Dedent,
    End,
};

struct Token {
    TokenKind kind = TokenKind::End;
    Span span;
    std::string text;
    int64_t int_value = 0;
    double float_value = 0;
    bool wide = false;
    bool raw = false;
    Span content;  ///< of FString: where its text begins
};

/// Tokens of a whole file, ending with End. Errors go to `diagnostics`; what follows them is read all the same.
std::vector<Token> tokenize(std::string_view text, uint16_t file, Diagnostics& diagnostics);
/// Tokens of an expression inside an f-string, without Newline, Indent and Dedent. `start` is where text begins.
std::vector<Token> tokenize_inside(std::string_view text, Span start, Diagnostics& diagnostics);
/// Resolves Python's escapes: \n, \x41, \u0041; \N is left alone.
std::string unescape(std::string_view text, bool bytes);

}  // namespace tessera::tile::front
