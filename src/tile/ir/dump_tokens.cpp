#include <tile/ir/dump_tokens.h>

#include <cctype>

#include <fmt/format.h>

#include <base/error.h>

namespace tessera::tile::ir {

void dump_error(const Token& at, const std::string& message) {
    throw Error("tile-dump-syntax", fmt::format("line {}, column {}: {}", at.line, at.column, message));
}

std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    uint32_t line = 1;
    size_t line_start = 0;
    size_t at = 0;
    const auto is_digit = [&](size_t i) {
        return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i]));
    };
    const auto is_word = [&](size_t i) {
        return i < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_' || text[i] == '.');
    };
    while (at < text.size()) {
        const char c = text[at];
        if (c == '\n') {
            ++line;
            line_start = ++at;
            continue;
        }
        if (std::isspace(static_cast<unsigned char>(c))) {
            ++at;
            continue;
        }
        Token token;
        token.line = line;
        token.column = static_cast<uint32_t>(at - line_start + 1);
        const size_t start = at;
        if (c == '"') {
            token.kind = Token::Kind::Text;
            for (++at; at < text.size() && text[at] != '"'; ++at) {
                if (text[at] == '\\' && at + 1 < text.size()) {
                    ++at;
                    token.text += text[at] == 'n' ? '\n' : text[at];
                } else if (text[at] == '\n') {
                    break;
                } else {
                    token.text += text[at];
                }
            }
            if (at >= text.size() || text[at] != '"') {
                dump_error(token, "a text does not end");
            }
            ++at;
        } else if (is_digit(at)) {
            token.kind = Token::Kind::Integer;
            while (is_digit(at)) {
                ++at;
            }
            if (at < text.size() && text[at] == '.' && is_digit(at + 1)) {
                token.kind = Token::Kind::Real;
                for (++at; is_digit(at);) {
                    ++at;
                }
            }
            if (at < text.size() && text[at] == 'e') {
                token.kind = Token::Kind::Real;
                ++at;
                if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
                    ++at;
                }
                if (!is_digit(at)) {
                    dump_error(token, "a number has an exponent without digits");
                }
                while (is_digit(at)) {
                    ++at;
                }
            }
            token.text = text.substr(start, at - start);
        } else if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') {
            token.kind = Token::Kind::Word;
            while (is_word(at)) {
                ++at;
            }
            token.text = text.substr(start, at - start);
        } else {
            token.kind = Token::Kind::Sign;
            token.text = std::string(1, c);
            for (const std::string_view both : {"+:", "->", "<-", "//", "<<", ">>", "==", "!=", "<=", ">="}) {
                if (text.substr(at, 2) == both) {
                    token.text = both;
                }
            }
            at += token.text.size();
        }
        tokens.push_back(std::move(token));
    }
    Token end;
    end.line = line;
    end.column = static_cast<uint32_t>(at - line_start + 1);
    tokens.push_back(end);
    return tokens;
}

}  // namespace tessera::tile::ir
