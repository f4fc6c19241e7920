#include <tile/front/lexer.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

namespace tessera::tile::front {
namespace {

// Longest first, so that the first that fits is the token.
constexpr std::array<std::string_view, 47> operators{
    "**=", "//=", ">>=", "<<=", "...", "!=", "->", ":=", "**", "//", ">>", "<<", "<=", ">=", "==", "+=",
    "-=",  "*=",  "/=",  "%=",  "@=",  "&=", "|=", "^=", "+",  "-",  "*",  "/",  "%",  "@",  "&",  "|",
    "^",   "~",   "<",   ">",   "(",   ")",  "[",  "]",  "{",  "}",  ",",  ":",  ".",  ";",  "=",
};

bool name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}
bool name_part(char c) {
    return name_start(c) || digit(c);
}

void append_utf8(std::string& out, uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (code >> 18));
        out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

class Lexer {
public:
    Lexer(std::string_view text, Span start, bool inside, Diagnostics& diagnostics)
        : text_(text), place_(start), inside_(inside), diagnostics_(diagnostics) {}

    std::vector<Token> run() {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            at_ = 3;
        }
        bool line_start = !inside_;
        while (true) {
            if (line_start && brackets_.empty()) {
                line_start = false;
                if (!indentation()) {
                    line_start = true;
                    if (at_ >= text_.size()) {
                        break;
                    }
                    continue;
                }
            }
            skip_blanks();
            if (at_ >= text_.size()) {
                break;
            }
            const char c = text_[at_];
            if (c == '\n') {
                if (brackets_.empty() && !inside_) {
                    push(TokenKind::Newline, place_, "");
                    line_start = true;
                }
                step(1);
            } else {
                token();
            }
        }
        finish();
        return std::move(tokens_);
    }

private:
    void finish() {
        if (!brackets_.empty() && !inside_) {
            diagnostics_.error("tile-bracket", brackets_.back().span,
                               std::string("\"") + brackets_.back().open + "\" is never closed");
        }
        if (!inside_ && !tokens_.empty() && tokens_.back().kind != TokenKind::Newline &&
            tokens_.back().kind != TokenKind::Dedent) {
            push(TokenKind::Newline, place_, "");
        }
        for (; indents_.size() > 1; indents_.pop_back()) {
            push(TokenKind::Dedent, place_, "");
        }
        push(TokenKind::End, place_, "");
    }

    char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    void step(size_t count) {
        for (; count != 0 && at_ < text_.size(); --count, ++at_) {
            if (text_[at_] == '\n') {
                ++place_.line;
                place_.column = 1;
            } else if ((static_cast<unsigned char>(text_[at_]) & 0xC0) != 0x80) {
                ++place_.column;
            }
        }
    }

    Token& push(TokenKind kind, Span span, std::string text) {
        tokens_.push_back({.kind = kind, .span = span, .text = std::move(text)});
        return tokens_.back();
    }

    void skip_blanks() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
                step(1);
            } else if (c == '#' && !inside_) {
                while (at_ < text_.size() && text_[at_] != '\n') {
                    step(1);
                }
            } else if (c == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'))) {
                step(peek(1) == '\n' ? 2 : 3);
            } else {
                break;
            }
        }
    }

    /// The blanks at the start of a line. False if the line is empty (it is skipped then).
    bool indentation() {
        size_t width = 0;
        bool blanks = false;
        bool tabs = false;
        while (peek() == ' ' || peek() == '\t' || peek() == '\f') {
            tabs = tabs || peek() == '\t';
            blanks = blanks || peek() == ' ';
            width = peek() == '\t' ? (width / 8 + 1) * 8 : peek() == '\f' ? 0 : width + 1;
            step(1);
        }
        if (at_ >= text_.size()) {
            return false;
        }
        const char c = peek();
        if (c == '\n' || c == '#' || (c == '\r' && peek(1) == '\n')) {
            while (at_ < text_.size() && text_[at_] != '\n') {
                step(1);
            }
            step(1);
            return false;
        }
        if (tabs && blanks) {
            diagnostics_.error("tile-indentation", place_, "this line is indented with both tabs and blanks",
                               "use blanks only");
        }
        if (width > indents_.back()) {
            indents_.push_back(width);
            push(TokenKind::Indent, place_, "");
        } else {
            while (width < indents_.back()) {
                indents_.pop_back();
                push(TokenKind::Dedent, place_, "");
            }
            if (width != indents_.back()) {
                diagnostics_.error("tile-indentation", place_,
                                   "this line is indented less than the one before, but like none above it");
                indents_.push_back(width);
                push(TokenKind::Indent, place_, "");
            }
        }
        return true;
    }

    void token() {
        const char c = peek();
        if (digit(c) || (c == '.' && digit(peek(1)))) {
            number();
        } else if (c == '"' || c == '\'') {
            string("");
        } else if (name_start(c)) {
            const size_t start = at_;
            size_t end = at_;
            while (end < text_.size() && name_part(text_[end])) {
                ++end;
            }
            const std::string_view name = text_.substr(start, end - start);
            if (end < text_.size() && (text_[end] == '"' || text_[end] == '\'') && string_prefix(name)) {
                string(name);
                return;
            }
            const Span span = place_;
            step(end - start);
            push(TokenKind::Name, span, std::string(name));
        } else {
            op();
        }
    }

    static bool string_prefix(std::string_view name) {
        std::string lower;
        for (const char c : name) {
            lower += static_cast<char>(c | 0x20);
        }
        constexpr std::array<std::string_view, 8> prefixes{"r", "u", "b", "f", "rb", "br", "rf", "fr"};
        return std::ranges::find(prefixes, lower) != prefixes.end();
    }

    void string(std::string_view prefix) {
        const Span span = place_;
        bool raw = false;
        bool bytes = false;
        bool format = false;
        for (const char c : prefix) {
            raw = raw || (c | 0x20) == 'r';
            bytes = bytes || (c | 0x20) == 'b';
            format = format || (c | 0x20) == 'f';
        }
        step(prefix.size());
        const char quote = peek();
        const bool triple = peek(1) == quote && peek(2) == quote;
        step(triple ? 3 : 1);
        const Span content = place_;
        const size_t start = at_;
        while (true) {
            if (at_ >= text_.size() || (!triple && peek() == '\n')) {
                diagnostics_.error("tile-string", span,
                                   triple ? "this string in triple quotes is never closed"
                                          : "this string is not closed at the end of its line");
                push(TokenKind::String, span, std::string(text_.substr(start, at_ - start)));
                return;
            }
            if (peek() == '\\') {
                step(peek(1) == '\r' ? 3 : 2);
                continue;
            }
            if (peek() == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
                break;
            }
            step(1);
        }
        const std::string_view body = text_.substr(start, at_ - start);
        step(triple ? 3 : 1);
        const TokenKind kind = format ? TokenKind::FString : bytes ? TokenKind::Bytes : TokenKind::String;
        Token& token = push(kind, span, format || raw ? std::string(body) : unescape(body, bytes));
        token.raw = raw;
        token.content = content;
    }

    void number() {
        const Span span = place_;
        size_t end = at_;
        const char second = static_cast<char>(peek(1) | 0x20);
        const int base = peek() != '0' ? 10 : second == 'x' ? 16 : second == 'o' ? 8 : second == 'b' ? 2 : 10;
        bool real = false;
        if (base != 10) {
            end += 2;
            while (end < text_.size() && name_part(text_[end])) {
                ++end;
            }
        } else {
            while (end < text_.size()) {
                const char c = text_[end];
                if (c == '.') {
                    real = true;
                } else if ((c | 0x20) == 'e' && end + 1 < text_.size() &&
                           (digit(text_[end + 1]) || text_[end + 1] == '+' || text_[end + 1] == '-')) {
                    real = true;
                    ++end;
                } else if (!name_part(c)) {
                    break;
                }
                ++end;
            }
        }
        std::string digits(text_.substr(at_, end - at_));
        step(end - at_);
        const std::string written = digits;
        std::erase(digits, '_');
        const bool imaginary = base == 10 && (digits.back() | 0x20) == 'j';
        if (imaginary) {
            digits.pop_back();
        }
        Token& token = push(imaginary ? TokenKind::Imaginary : real ? TokenKind::Float : TokenKind::Int, span, written);
        const char* begin = digits.c_str() + (base == 10 ? 0 : 2);
        char* stop = nullptr;
        if (real || imaginary) {
            token.float_value = std::strtod(begin, &stop);
        } else {
            errno = 0;
            const unsigned long long value = std::strtoull(begin, &stop, base);
            token.wide = errno == ERANGE || value > static_cast<unsigned long long>(INT64_MAX);
            token.int_value = static_cast<int64_t>(value);
        }
        if (*stop != '\0' || *begin == '\0' || written.back() == '_') {
            diagnostics_.error("tile-number", span, "\"" + written + "\" is not a number");
        }
    }

    void op() {
        const Span span = place_;
        for (const std::string_view one : operators) {
            if (text_.substr(at_, one.size()) == one) {
                bracket(one[0], span);
                step(one.size());
                push(TokenKind::Operator, span, std::string(one));
                return;
            }
        }
        const std::string shown(1, peek());
        diagnostics_.error("tile-character", span, "the character \"" + shown + "\" has no meaning here",
                           shown == "!" ? "\"not\" and \"!=\" are what Python has" : "");
        step(1);
    }

    void bracket(char c, Span span) {
        if (c == '(' || c == '[' || c == '{') {
            brackets_.push_back({c, span});
            return;
        }
        const char open = c == ')' ? '(' : c == ']' ? '[' : c == '}' ? '{' : '\0';
        if (open == '\0') {
            return;
        }
        if (brackets_.empty()) {
            if (!inside_) {
                diagnostics_.error("tile-bracket", span, std::string("\"") + c + "\" closes nothing");
            }
            return;
        }
        if (brackets_.back().open != open) {
            diagnostics_.error("tile-bracket", span,
                               std::string("\"") + c + "\" does not close \"" + brackets_.back().open + "\" of line " +
                                   std::to_string(brackets_.back().span.line));
        }
        brackets_.pop_back();
    }

    struct Bracket {
        char open;
        Span span;
    };

    std::string_view text_;
    size_t at_ = 0;
    Span place_;
    bool inside_;
    Diagnostics& diagnostics_;
    std::vector<Token> tokens_;
    std::vector<Bracket> brackets_;
    std::vector<size_t> indents_{0};
};

/// `digits` hexadecimal digits from `from` on.
std::optional<uint32_t> hexadecimal(std::string_view text, size_t from, size_t digits) {
    if (from + digits > text.size()) {
        return std::nullopt;
    }
    const std::string part(text.substr(from, digits));
    char* stop = nullptr;
    const unsigned long value = std::strtoul(part.c_str(), &stop, 16);
    return *stop == '\0' ? std::optional<uint32_t>(static_cast<uint32_t>(value)) : std::nullopt;
}

}  // namespace

std::string unescape(std::string_view text, bool bytes) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 >= text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        constexpr std::string_view plain = "\\'\"abfnrtv";
        constexpr std::string_view meant = "\\'\"\a\b\f\n\r\t\v";
        if (const size_t which = plain.find(c); which != std::string_view::npos) {
            out += meant[which];
        } else if (c == '\n') {
            continue;
        } else if (c >= '0' && c <= '7') {
            uint32_t value = 0;
            size_t count = 0;
            for (; count < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++count, ++i) {
                value = value * 8 + static_cast<uint32_t>(text[i] - '0');
            }
            --i;
            append_utf8(out, value);
        } else {
            const size_t digits = c == 'x' ? 2 : c == 'u' && !bytes ? 4 : c == 'U' && !bytes ? 8 : 0;
            const std::optional<uint32_t> value =
                digits == 0 ? std::optional<uint32_t>() : hexadecimal(text, i + 1, digits);
            if (value) {
                append_utf8(out, *value);
                i += digits;
            } else {
                out += '\\';
                out += c;
            }
        }
    }
    return out;
}

std::vector<Token> tokenize(std::string_view text, uint16_t file, Diagnostics& diagnostics) {
    return Lexer(text, {.line = 1, .column = 1, .file = file}, false, diagnostics).run();
}

std::vector<Token> tokenize_inside(std::string_view text, Span start, Diagnostics& diagnostics) {
    return Lexer(text, start, true, diagnostics).run();
}

}  // namespace tessera::tile::front
