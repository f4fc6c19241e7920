// String literals that stand side by side, and f-strings with their replacement fields.
#include <tile/front/parser_internal.h>

namespace tessera::tile::front {

Expr* Parser::strings() {
    const Span span = peek().span;
    if (is(TokenKind::Bytes)) {
        Expr* node = tree_.expr(ExprKind::Bytes, span);
        while (is(TokenKind::Bytes)) {
            node->text += next().text;
        }
        return node;
    }
    Expr* format = nullptr;
    Expr* plain = tree_.expr(ExprKind::String, span);
    while (is(TokenKind::String) || is(TokenKind::FString)) {
        if (is(TokenKind::FString)) {
            if (format == nullptr) {
                format = tree_.expr(ExprKind::FString, span);
                if (!plain->text.empty()) {
                    format->items.push_back(plain);
                }
            }
            const Token token = next();
            f_string(token, format);
        } else if (format == nullptr) {
            plain->text += next().text;
        } else {
            Expr* piece = tree_.expr(ExprKind::String, peek().span);
            piece->text = next().text;
            format->items.push_back(piece);
        }
    }
    return format == nullptr ? plain : format;
}

void Parser::f_string(const Token& token, Expr* into) {
    f_parts(token.text, token.content, token.raw, false, into);
}

void Parser::f_parts(std::string_view text, Span place, bool raw, bool nested, Expr* into) {
    std::string literal;
    const auto flush = [&] {
        if (!literal.empty()) {
            Expr* piece = tree_.expr(ExprKind::String, place);
            piece->text = raw ? literal : unescape(literal, false);
            into->items.push_back(piece);
            literal.clear();
        }
    };
    const auto step = [&](char c) {
        if (c == '\n') {
            ++place.line;
            place.column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++place.column;
        }
    };
    for (size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (!nested && (c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
            literal += c;
            step(c);
            step(c);
            i += 2;
        } else if (c == '{') {
            flush();
            step(c);
            i = f_field(text, i + 1, place, into);
        } else if (c == '}') {
            fail_at(place, "\"}\" closes nothing in an f-string", "\"}}\" writes one");
        } else {
            literal += c;
            step(c);
            ++i;
        }
    }
    flush();
}

/// The replacement field whose text begins at `from`, behind "{"; gives the index behind "}".
size_t Parser::f_field(std::string_view text, size_t from, Span& place, Expr* into) {
    // Where the expression ends: ":", "!" or "}" outside brackets and strings.
    int depth = 0;
    char quote = '\0';
    size_t end = from;
    for (; end < text.size(); ++end) {
        const char c = text[end];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '(' || c == '[' || c == '{') {
            ++depth;
        } else if (depth > 0 && (c == ')' || c == ']' || c == '}')) {
            --depth;
        } else if (depth == 0 &&
                   (c == '}' || c == ':' || (c == '!' && end + 1 < text.size() && text[end + 1] != '='))) {
            break;
        }
    }
    if (end >= text.size()) {
        fail_at(place, "\"{\" is never closed in an f-string", "\"{{\" writes one");
    }
    std::string_view inner = text.substr(from, end - from);
    const size_t last = inner.find_last_not_of(' ');
    std::string echo;
    if (last != std::string_view::npos && inner[last] == '=' && last > 0 &&
        std::string_view("=!<>").find(inner[last - 1]) == std::string_view::npos) {
        echo = std::string(inner);
        inner = inner.substr(0, last);
    }
    if (inner.find_first_not_of(" \n") == std::string_view::npos) {
        fail_at(place, "an expression is missing between \"{\" and \"}\" of an f-string");
    }
    if (!echo.empty()) {
        Expr* piece = tree_.expr(ExprKind::String, place);
        piece->text = echo;
        into->items.push_back(piece);
    }
    Expr* field = tree_.expr(ExprKind::Field, place);
    Expr* value = Parser(tokenize_inside(inner, place, diagnostics_), tree_, diagnostics_).only_expression();
    field->items = {value, nullptr};
    const auto advance = [&](size_t to) {
        for (; from < to; ++from) {
            if (text[from] == '\n') {
                ++place.line;
                place.column = 1;
            } else if ((static_cast<unsigned char>(text[from]) & 0xC0) != 0x80) {
                ++place.column;
            }
        }
    };
    advance(end);
    if (text[end] == '!') {
        field->text = std::string(text.substr(end + 1, 1));
        end += 2;
        advance(end);
    }
    if (end < text.size() && text[end] == ':') {
        ++end;
        advance(end);
        depth = 0;
        size_t close = end;
        for (; close < text.size() && (depth > 0 || text[close] != '}'); ++close) {
            depth += text[close] == '{' ? 1 : text[close] == '}' ? -1 : 0;
        }
        Expr* format = tree_.expr(ExprKind::FString, place);
        f_parts(text.substr(end, close - end), place, true, true, format);
        field->items[1] = format;
        end = close;
        advance(end);
    } else if (!echo.empty() && field->text.empty()) {
        field->text = "r";
    }
    if (end >= text.size() || text[end] != '}') {
        fail_at(place, "\"{\" is never closed in an f-string", "\"{{\" writes one");
    }
    advance(end + 1);
    into->items.push_back(field);
    return end + 1;
}

}  // namespace tessera::tile::front
