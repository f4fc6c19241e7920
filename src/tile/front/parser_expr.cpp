#include <algorithm>
#include <array>

#include <tile/front/parser_internal.h>

namespace tessera::tile::front {
namespace {

constexpr std::array<std::string_view, 35> keywords{
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

/// The binary operators, loosest level first.
constexpr std::array<std::array<std::string_view, 5>, 6> levels{{
    {"|"},
    {"^"},
    {"&"},
    {"<<", ">>"},
    {"+", "-"},
    {"*", "/", "//", "%", "@"},
}};

}  // namespace

bool Parser::accept_op(std::string_view text) {
    if (!is_op(text)) {
        return false;
    }
    next();
    return true;
}

bool Parser::accept_word(std::string_view text) {
    if (!is_word(text)) {
        return false;
    }
    next();
    return true;
}

std::string Parser::shown() const {
    switch (peek().kind) {
        case TokenKind::Newline:
            return "the end of the line";
        case TokenKind::Indent:
            return "an indented line";
        case TokenKind::Dedent:
            return "the end of the block";
        case TokenKind::End:
            return "the end of the text";
        case TokenKind::String:
        case TokenKind::Bytes:
        case TokenKind::FString:
            return "a string";
        default:
            return "\"" + peek().text + "\"";
    }
}

void Parser::fail(std::string message, std::string help) const {
    fail_at(peek().span, std::move(message), std::move(help));
}

void Parser::fail_at(Span span, std::string message, std::string help) {
    throw SyntaxError{span, std::move(message), std::move(help)};
}

void Parser::expect_op(std::string_view text, std::string_view where) {
    if (!accept_op(text)) {
        fail("\"" + std::string(text) + "\" is missing " + std::string(where) + ", before " + shown());
    }
}

std::string Parser::expect_name(std::string_view what) {
    if (!is(TokenKind::Name) || std::ranges::find(keywords, peek().text) != keywords.end()) {
        fail("the name of " + std::string(what) + " is missing, before " + shown());
    }
    return next().text;
}

Expr* Parser::only_expression() {
    Expr* value = expressions(true);
    if (!is(TokenKind::End)) {
        fail("an expression ends before " + shown());
    }
    return value;
}

Expr* Parser::expressions(bool allow_named) {
    const Span span = peek().span;
    Expr* first = starred_or_named(allow_named);
    if (!is_op(",")) {
        return first;
    }
    std::vector<Expr*> items{first};
    while (accept_op(",")) {
        const bool ends = is(TokenKind::Newline) || is(TokenKind::End) || is_op(")") || is_op("]") || is_op("}") ||
                          is_op("=") || is_op(":") || is_op(";") || is_word("in");
        if (ends) {
            break;
        }
        items.push_back(starred_or_named(allow_named));
    }
    return tree_.expr(ExprKind::Tuple, span, std::move(items));
}

Expr* Parser::starred_or_named(bool allow_named) {
    const Span span = peek().span;
    if (accept_op("*")) {
        return tree_.expr(ExprKind::Starred, span, {binary(0)});
    }
    return allow_named ? named() : test();
}

Expr* Parser::named() {
    const Span span = peek().span;
    Expr* value = test();
    if (!is_op(":=")) {
        return value;
    }
    if (value->kind != ExprKind::Name) {
        fail("only a name can stand before \":=\"");
    }
    next();
    return tree_.expr(ExprKind::Named, span, {value, test()});
}

Expr* Parser::test() {
    if (is_word("lambda")) {
        return lambda();
    }
    if (is_word("yield")) {
        const Span span = next().span;
        if (accept_word("from")) {
            return tree_.expr(ExprKind::YieldFrom, span, {test()});
        }
        const bool empty = is(TokenKind::Newline) || is(TokenKind::End) || is_op(")");
        return tree_.expr(ExprKind::Yield, span, {empty ? nullptr : expressions(false)});
    }
    const Span span = peek().span;
    Expr* value = or_test();
    if (!accept_word("if")) {
        return value;
    }
    Expr* condition = or_test();
    if (!accept_word("else")) {
        fail("\"else\" is missing after the condition of \"... if ...\", before " + shown());
    }
    return tree_.expr(ExprKind::Conditional, span, {condition, value, test()});
}

Expr* Parser::lambda() {
    const Span span = next().span;
    std::vector<Parameter> list = parameters(":", false);
    expect_op(":", "after the parameters of lambda");
    Expr* body = test();
    Expr* node = tree_.expr(ExprKind::Lambda, span, {body});
    node->parameters = std::move(list);
    return node;
}

Expr* Parser::or_test() {
    Expr* left = and_test();
    while (is_word("or")) {
        const Span span = left->span;
        next();
        left = tree_.expr(ExprKind::BoolOp, span, {left, and_test()});
        left->text = "or";
    }
    return left;
}

Expr* Parser::and_test() {
    Expr* left = not_test();
    while (is_word("and")) {
        const Span span = left->span;
        next();
        left = tree_.expr(ExprKind::BoolOp, span, {left, not_test()});
        left->text = "and";
    }
    return left;
}

Expr* Parser::not_test() {
    if (!is_word("not")) {
        return comparison();
    }
    const Span span = next().span;
    Expr* node = tree_.expr(ExprKind::Unary, span, {not_test()});
    node->text = "not";
    return node;
}

Expr* Parser::comparison() {
    Expr* left = binary(0);
    Expr* node = nullptr;
    while (true) {
        std::string op;
        const bool compares = is(TokenKind::Operator) &&
                              (is_op("<") || is_op("<=") || is_op(">") || is_op(">=") || is_op("==") || is_op("!="));
        if (compares || is_word("in")) {
            op = next().text;
        } else if (is_word("not") && is_word("in", 1)) {
            next();
            next();
            op = "not in";
        } else if (is_word("is")) {
            next();
            op = accept_word("not") ? "is not" : "is";
        } else {
            return node == nullptr ? left : node;
        }
        if (node == nullptr) {
            node = tree_.expr(ExprKind::Compare, left->span, {left});
        }
        node->operators.push_back(op);
        node->items.push_back(binary(0));
    }
}

Expr* Parser::binary(int level) {
    if (level == static_cast<int>(levels.size())) {
        return unary();
    }
    Expr* left = binary(level + 1);
    const auto& ops = levels[static_cast<size_t>(level)];
    while (is(TokenKind::Operator) && !peek().text.empty() && std::ranges::find(ops, peek().text) != ops.end()) {
        const std::string op = next().text;
        left = tree_.expr(ExprKind::Binary, left->span, {left, binary(level + 1)});
        left->text = op;
    }
    return left;
}

Expr* Parser::unary() {
    if (is_op("+") || is_op("-") || is_op("~")) {
        const Token& token = next();
        Expr* node = tree_.expr(ExprKind::Unary, token.span);
        node->text = token.text;
        node->items.push_back(unary());
        return node;
    }
    return power();
}

Expr* Parser::power() {
    if (is_word("await")) {
        const Span span = next().span;
        return tree_.expr(ExprKind::Await, span, {primary()});
    }
    Expr* base = primary();
    if (!accept_op("**")) {
        return base;
    }
    Expr* node = tree_.expr(ExprKind::Binary, base->span, {base, unary()});
    node->text = "**";
    return node;
}

Expr* Parser::primary() {
    Expr* value = atom();
    while (true) {
        if (is_op("(")) {
            value = call(value);
        } else if (is_op("[")) {
            value = subscript(value);
        } else if (accept_op(".")) {
            const Span span = value->span;
            value = tree_.expr(ExprKind::Attribute, span, {value});
            value->text = expect_name("an attribute");
        } else {
            return value;
        }
    }
}

Expr* Parser::call(Expr* function) {
    next();
    Expr* node = tree_.expr(ExprKind::Call, function->span, {function});
    while (!is_op(")")) {
        const Span span = peek().span;
        if (accept_op("**")) {
            node->keywords.push_back({"", test(), span});
        } else if (accept_op("*")) {
            node->items.push_back(tree_.expr(ExprKind::Starred, span, {test()}));
        } else if (is(TokenKind::Name) && is_op("=", 1)) {
            std::string name = expect_name("an argument");
            next();
            node->keywords.push_back({std::move(name), test(), span});
        } else {
            Expr* value = named();
            if (comprehension_follows()) {
                value = tree_.expr(ExprKind::Generator, span, {value});
                value->clauses = clauses();
            } else if (std::ranges::any_of(node->keywords, [](const Keyword& one) { return !one.name.empty(); })) {
                fail_at(span, "an argument without a name follows one with a name");
            }
            node->items.push_back(value);
        }
        if (!accept_op(",")) {
            break;
        }
    }
    expect_op(")", "after the arguments of a call");
    return node;
}

Expr* Parser::subscript(Expr* object) {
    next();
    const Span span = peek().span;
    if (is_op("]")) {
        fail("an index is missing between \"[\" and \"]\"");
    }
    Expr* index = subscript_item();
    if (is_op(",")) {
        std::vector<Expr*> items{index};
        while (accept_op(",")) {
            if (is_op("]")) {
                break;
            }
            items.push_back(subscript_item());
        }
        index = tree_.expr(ExprKind::Tuple, span, std::move(items));
    }
    expect_op("]", "after an index");
    return tree_.expr(ExprKind::Subscript, object->span, {object, index});
}

Expr* Parser::subscript_item() {
    const Span span = peek().span;
    if (accept_op("*")) {
        return tree_.expr(ExprKind::Starred, span, {binary(0)});
    }
    Expr* lower = is_op(":") ? nullptr : named();
    if (!accept_op(":")) {
        return lower;
    }
    const auto bound = [&]() -> Expr* { return is_op(":") || is_op(",") || is_op("]") ? nullptr : test(); };
    Expr* upper = bound();
    Expr* step = accept_op(":") ? bound() : nullptr;
    return tree_.expr(ExprKind::Slice, span, {lower, upper, step});
}

bool Parser::comprehension_follows() const {
    return is_word("for") || (is_word("async") && is_word("for", 1));
}

std::vector<Clause> Parser::clauses() {
    std::vector<Clause> list;
    while (comprehension_follows()) {
        accept_word("async");
        next();
        Clause clause;
        clause.target = targets();
        if (!accept_word("in")) {
            fail("\"in\" is missing after the variable of a comprehension, before " + shown());
        }
        clause.iterable = or_test();
        while (accept_word("if")) {
            clause.conditions.push_back(or_test());
        }
        list.push_back(std::move(clause));
    }
    return list;
}

Expr* Parser::targets() {
    const Span span = peek().span;
    const auto one = [&]() -> Expr* {
        const Span at = peek().span;
        Expr* value = accept_op("*") ? tree_.expr(ExprKind::Starred, at, {primary()}) : primary();
        check_target(value);
        return value;
    };
    Expr* first = one();
    if (!is_op(",")) {
        return first;
    }
    std::vector<Expr*> items{first};
    while (accept_op(",")) {
        if (is_word("in")) {
            break;
        }
        items.push_back(one());
    }
    return tree_.expr(ExprKind::Tuple, span, std::move(items));
}

void Parser::check_target(const Expr* target) {
    switch (target->kind) {
        case ExprKind::Name:
        case ExprKind::Attribute:
        case ExprKind::Subscript:
            return;
        case ExprKind::Starred:
            check_target(target->items[0]);
            return;
        case ExprKind::Tuple:
        case ExprKind::List:
            for (const Expr* item : target->items) {
                check_target(item);
            }
            return;
        default:
            fail_at(target->span,
                    target->kind == ExprKind::Call ? "nothing can be assigned to a call"
                                                   : "nothing can be assigned to this expression",
                    "\"==\" compares");
    }
}

Expr* Parser::brackets(std::string_view close) {
    const Token open = next();
    const bool list = close == "]";
    if (accept_op(close)) {
        return tree_.expr(list ? ExprKind::List : ExprKind::Tuple, open.span);
    }
    Expr* first = starred_or_named(true);
    if (comprehension_follows()) {
        Expr* node = tree_.expr(list ? ExprKind::ListComp : ExprKind::Generator, open.span, {first});
        node->clauses = clauses();
        expect_op(close, "after a comprehension");
        return node;
    }
    std::vector<Expr*> items{first};
    bool comma = false;
    while (accept_op(",")) {
        comma = true;
        if (is_op(close)) {
            break;
        }
        items.push_back(starred_or_named(true));
    }
    expect_op(close, list ? "after the elements of a list" : "after an expression in parentheses");
    if (list) {
        return tree_.expr(ExprKind::List, open.span, std::move(items));
    }
    return comma ? tree_.expr(ExprKind::Tuple, open.span, std::move(items)) : first;
}

Expr* Parser::dict_or_set() {
    const Span span = next().span;
    if (accept_op("}")) {
        return tree_.expr(ExprKind::Dict, span);
    }
    std::vector<Expr*> items;
    bool dict = false;
    while (!is_op("}")) {
        if (accept_op("**")) {
            dict = true;
            items.push_back(nullptr);
            items.push_back(binary(0));
        } else {
            Expr* first = starred_or_named(true);
            if (items.empty()) {
                dict = is_op(":");
            }
            items.push_back(first);
            if (dict) {
                expect_op(":", "after a key");
                items.push_back(test());
            }
            if (comprehension_follows()) {
                Expr* node = tree_.expr(dict ? ExprKind::DictComp : ExprKind::SetComp, span, std::move(items));
                node->clauses = clauses();
                expect_op("}", "after a comprehension");
                return node;
            }
        }
        if (!accept_op(",")) {
            break;
        }
    }
    expect_op("}", dict ? "after the entries of a dict" : "after the elements of a set");
    return tree_.expr(dict ? ExprKind::Dict : ExprKind::Set, span, std::move(items));
}

Expr* Parser::atom() {
    const Token& token = peek();
    const auto leaf = [&](ExprKind kind) {
        Expr* node = tree_.expr(kind, token.span);
        next();
        return node;
    };
    switch (token.kind) {
        case TokenKind::Name: {
            if (token.text == "None") {
                return leaf(ExprKind::None);
            }
            if (token.text == "True") {
                return leaf(ExprKind::True);
            }
            if (token.text == "False") {
                return leaf(ExprKind::False);
            }
            if (std::ranges::find(keywords, token.text) != keywords.end()) {
                fail("\"" + token.text + "\" cannot stand in an expression here");
            }
            Expr* node = tree_.expr(ExprKind::Name, token.span);
            node->text = next().text;
            return node;
        }
        case TokenKind::Int: {
            Expr* node = tree_.expr(ExprKind::Int, token.span);
            node->int_value = token.int_value;
            if (token.wide) {
                node->text = token.text;
            }
            next();
            return node;
        }
        case TokenKind::Float:
        case TokenKind::Imaginary: {
            Expr* node = tree_.expr(token.kind == TokenKind::Float ? ExprKind::Float : ExprKind::Imaginary, token.span);
            node->float_value = token.float_value;
            next();
            return node;
        }
        case TokenKind::String:
        case TokenKind::Bytes:
        case TokenKind::FString:
            return strings();
        case TokenKind::Operator:
            if (token.text == "(") {
                return brackets(")");
            }
            if (token.text == "[") {
                return brackets("]");
            }
            if (token.text == "{") {
                return dict_or_set();
            }
            if (token.text == "...") {
                return leaf(ExprKind::Ellipsis);
            }
            break;
        default:
            break;
    }
    fail("an expression is missing before " + shown());
}

std::vector<Parameter> Parser::parameters(std::string_view close, bool annotations) {
    std::vector<Parameter> list;
    bool keyword_only = false;
    bool fallback_seen = false;
    while (!is_op(close)) {
        Parameter one;
        one.span = peek().span;
        if (accept_op("/")) {
            for (Parameter& before : list) {
                before.kind = ParameterKind::PositionalOnly;
            }
        } else if (is_op("*") && is_op(",", 1)) {
            next();
            keyword_only = true;
        } else {
            if (accept_op("**")) {
                one.kind = ParameterKind::DoubleStar;
            } else if (accept_op("*")) {
                one.kind = ParameterKind::Star;
                keyword_only = true;
            } else if (keyword_only) {
                one.kind = ParameterKind::KeywordOnly;
            }
            one.name = expect_name("a parameter");
            if (annotations && accept_op(":")) {
                const Span star = peek().span;
                one.annotation = accept_op("*") ? tree_.expr(ExprKind::Starred, star, {test()}) : test();
            }
            if (accept_op("=")) {
                one.fallback = test();
                fallback_seen = true;
            } else if (fallback_seen && one.kind == ParameterKind::Positional) {
                fail_at(one.span, "parameter \"" + one.name + "\" without a default follows one with a default");
            }
            for (const Parameter& before : list) {
                if (before.name == one.name) {
                    fail_at(one.span, "parameter \"" + one.name + "\" is there twice");
                }
            }
            list.push_back(std::move(one));
        }
        if (!accept_op(",")) {
            break;
        }
    }
    return list;
}

Expr* parse_expression(std::string_view text, Span start, Tree& tree, Diagnostics& diagnostics) {
    const size_t before = diagnostics.errors();
    try {
        Expr* value = Parser(tokenize_inside(text, start, diagnostics), tree, diagnostics).only_expression();
        return diagnostics.errors() == before ? value : nullptr;
    } catch (const SyntaxError& error) {
        diagnostics.error("tile-syntax", error.span, error.message, error.help);
        return nullptr;
    }
}

}  // namespace tessera::tile::front
