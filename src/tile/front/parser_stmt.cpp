#include <algorithm>
#include <array>

#include <tile/front/parser_internal.h>

namespace tessera::tile::front {

Body Parser::file() {
    Body body;
    while (!is(TokenKind::End)) {
        statement(body);
    }
    return body;
}

void Parser::statement(Body& into) {
    try {
        if (is(TokenKind::Newline)) {
            next();
            return;
        }
        if (is(TokenKind::Indent)) {
            fail("this line is indented, but nothing before it opens a block");
        }
        if (is(TokenKind::Dedent)) {
            next();
            return;
        }
        if (Stmt* one = compound(); one != nullptr) {
            into.push_back(one);
            return;
        }
        simple_line(into);
    } catch (const SyntaxError& error) {
        diagnostics_.error("tile-syntax", error.span, error.message, error.help);
        recover();
    }
}

/// Skips to the next statement of this block: behind the line, and behind what is indented below it.
void Parser::recover() {
    int depth = 0;
    while (!is(TokenKind::End)) {
        if (is(TokenKind::Indent)) {
            ++depth;
        } else if (is(TokenKind::Dedent)) {
            if (depth == 0) {
                return;
            }
            --depth;
            next();
            if (depth == 0) {
                return;
            }
            continue;
        } else if (is(TokenKind::Newline) && depth == 0) {
            next();
            if (!is(TokenKind::Indent)) {
                return;
            }
            continue;
        }
        next();
    }
}

void Parser::simple_line(Body& into) {
    while (true) {
        into.push_back(simple());
        if (!accept_op(";")) {
            break;
        }
        if (is(TokenKind::Newline)) {
            break;
        }
    }
    if (is(TokenKind::Newline)) {
        next();
    } else if (!is(TokenKind::End)) {
        const bool equals = is_op("=");
        fail("a statement ends before " + shown(), equals ? "\"==\" compares" : "");
    }
}

Stmt* Parser::simple() {
    const Span span = peek().span;
    if (is(TokenKind::Name)) {
        const std::string& word = peek().text;
        if (word == "pass" || word == "break" || word == "continue") {
            const StmtKind kind = word == "pass"    ? StmtKind::Pass
                                  : word == "break" ? StmtKind::Break
                                                    : StmtKind::Continue;
            next();
            return tree_.stmt(kind, span);
        }
        const auto ends = [&] { return is(TokenKind::Newline) || is(TokenKind::End) || is_op(";"); };
        if (word == "return") {
            next();
            return tree_.stmt(StmtKind::Return, span, {ends() ? nullptr : expressions(false)});
        }
        if (word == "raise") {
            next();
            Expr* exception = ends() ? nullptr : test();
            Expr* cause = accept_word("from") ? test() : nullptr;
            return tree_.stmt(StmtKind::Raise, span, {exception, cause});
        }
        if (word == "assert") {
            next();
            Expr* condition = test();
            Expr* message = accept_op(",") ? test() : nullptr;
            return tree_.stmt(StmtKind::Assert, span, {condition, message});
        }
        if (word == "del") {
            next();
            return tree_.stmt(StmtKind::Delete, span, {expressions(false)});
        }
        if (word == "global" || word == "nonlocal") {
            Stmt* node = tree_.stmt(word == "global" ? StmtKind::Global : StmtKind::Nonlocal, span);
            next();
            do {
                node->names.push_back(expect_name("a variable"));
            } while (accept_op(","));
            return node;
        }
        if (word == "import" || word == "from") {
            return import_statement();
        }
    }
    return expression_statement();
}

std::string Parser::dotted() {
    std::string name = expect_name("a module");
    while (accept_op(".")) {
        name += '.' + expect_name("a module");
    }
    return name;
}

Stmt* Parser::import_statement() {
    const Span span = peek().span;
    if (accept_word("import")) {
        Stmt* node = tree_.stmt(StmtKind::Import, span);
        do {
            Import one;
            one.span = peek().span;
            one.name = dotted();
            if (accept_word("as")) {
                one.as = expect_name("a module");
            }
            node->imports.push_back(std::move(one));
        } while (accept_op(","));
        return node;
    }
    next();
    Stmt* node = tree_.stmt(StmtKind::ImportFrom, span);
    while (is_op(".") || is_op("...")) {
        node->text += next().text;
    }
    if (!is_word("import")) {
        node->text += dotted();
    }
    if (!accept_word("import")) {
        fail("\"import\" is missing, before " + shown());
    }
    if (is_op("*")) {
        node->imports.push_back({"*", "", next().span});
        return node;
    }
    const bool parentheses = accept_op("(");
    do {
        if (parentheses && is_op(")")) {
            break;
        }
        Import one;
        one.span = peek().span;
        one.name = expect_name("what is imported");
        if (accept_word("as")) {
            one.as = expect_name("what is imported");
        }
        node->imports.push_back(std::move(one));
    } while (accept_op(","));
    if (parentheses) {
        expect_op(")", "after the imported names");
    }
    return node;
}

Stmt* Parser::expression_statement() {
    const Span span = peek().span;
    Expr* first = expressions(true);
    if (is_op(":")) {
        check_target(first);
        next();
        Expr* annotation = test();
        Expr* value = accept_op("=") ? expressions(false) : nullptr;
        return tree_.stmt(StmtKind::AnnAssign, span, {first, annotation, value});
    }
    constexpr std::array<std::string_view, 13> augmented{
        "+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**="};
    if (is(TokenKind::Operator) && std::ranges::find(augmented, peek().text) != augmented.end()) {
        check_target(first);
        if (first->kind == ExprKind::Tuple || first->kind == ExprKind::List) {
            fail_at(first->span, "an augmented assignment has one target");
        }
        std::string op = next().text;
        op.pop_back();
        Stmt* node = tree_.stmt(StmtKind::AugAssign, span, {first, expressions(false)});
        node->text = std::move(op);
        return node;
    }
    if (!is_op("=")) {
        return tree_.stmt(StmtKind::Expression, span, {first});
    }
    std::vector<Expr*> parts{first};
    while (accept_op("=")) {
        parts.push_back(expressions(false));
    }
    std::vector<Expr*> items{parts.back()};
    parts.pop_back();
    for (Expr* target : parts) {
        check_target(target);
        items.push_back(target);
    }
    return tree_.stmt(StmtKind::Assign, span, std::move(items));
}

Stmt* Parser::compound() {
    if (is_op("@")) {
        return definition();
    }
    if (!is(TokenKind::Name)) {
        return nullptr;
    }
    const std::string& word = peek().text;
    if (word == "if") {
        return if_statement();
    }
    if (word == "for") {
        return for_statement();
    }
    if (word == "while") {
        return while_statement();
    }
    if (word == "with") {
        return with_statement();
    }
    if (word == "try") {
        return try_statement();
    }
    if (word == "def" || word == "class") {
        return definition();
    }
    if (word == "async") {
        next();
        if (!is_word("def") && !is_word("for") && !is_word("with")) {
            fail("\"def\", \"for\" or \"with\" is missing after \"async\"");
        }
        return compound();
    }
    if (word == "elif" || word == "else" || word == "except" || word == "finally") {
        fail("\"" + word + "\" belongs to no statement before it");
    }
    if (word == "match" && peek(1).span.line == peek().span.line &&
        (peek(1).kind == TokenKind::Name || peek(1).kind == TokenKind::String || is_op("(", 1))) {
        return match_statement();
    }
    return nullptr;
}

Body Parser::block(std::string_view of) {
    expect_op(":", "after " + std::string(of));
    Body body;
    if (!is(TokenKind::Newline)) {
        simple_line(body);
        return body;
    }
    next();
    if (!is(TokenKind::Indent)) {
        fail("an indented block is missing after " + std::string(of));
    }
    next();
    while (!is(TokenKind::Dedent) && !is(TokenKind::End)) {
        statement(body);
    }
    if (is(TokenKind::Dedent)) {
        next();
    }
    return body;
}

Stmt* Parser::if_statement() {
    const Span span = next().span;
    Expr* condition = named();
    Stmt* node = tree_.stmt(StmtKind::If, span, {condition});
    node->body = block("the condition of \"if\"");
    if (is_word("elif")) {
        node->otherwise.push_back(if_statement());
    } else if (accept_word("else")) {
        node->otherwise = block("\"else\"");
    }
    return node;
}

Stmt* Parser::for_statement() {
    const Span span = next().span;
    Expr* target = targets();
    if (!accept_word("in")) {
        fail("\"in\" is missing after the variable of \"for\", before " + shown());
    }
    Expr* iterable = expressions(false);
    Stmt* node = tree_.stmt(StmtKind::For, span, {target, iterable});
    node->body = block("\"for ... in ...\"");
    if (accept_word("else")) {
        node->otherwise = block("\"else\"");
    }
    return node;
}

Stmt* Parser::while_statement() {
    const Span span = next().span;
    Stmt* node = tree_.stmt(StmtKind::While, span, {named()});
    node->body = block("the condition of \"while\"");
    if (accept_word("else")) {
        node->otherwise = block("\"else\"");
    }
    return node;
}

Stmt* Parser::with_statement() {
    const Span span = next().span;
    Stmt* node = tree_.stmt(StmtKind::With, span);
    const auto item = [&] {
        WithItem one;
        one.context = test();
        if (accept_word("as")) {
            one.target = primary();
            check_target(one.target);
        }
        node->withs.push_back(one);
    };
    // "with (a as b, c as d):" needs to look behind the parenthesis that closes.
    size_t close = 0;
    if (is_op("(")) {
        int depth = 0;
        for (close = 0; peek(close).kind != TokenKind::End; ++close) {
            depth += is_op("(", close) || is_op("[", close) || is_op("{", close) ? 1 : 0;
            depth -= is_op(")", close) || is_op("]", close) || is_op("}", close) ? 1 : 0;
            if (depth == 0) {
                break;
            }
        }
    }
    const bool parentheses = is_op("(") && is_op(":", close + 1);
    if (parentheses) {
        next();
    }
    do {
        if (parentheses && is_op(")")) {
            break;
        }
        item();
    } while (accept_op(","));
    if (parentheses) {
        expect_op(")", "after the items of \"with\"");
    }
    node->body = block("the items of \"with\"");
    return node;
}

Stmt* Parser::try_statement() {
    const Span span = next().span;
    Stmt* node = tree_.stmt(StmtKind::Try, span);
    node->body = block("\"try\"");
    while (accept_word("except")) {
        Handler one;
        accept_op("*");
        if (!is_op(":")) {
            one.type = expressions(false);
            if (accept_word("as")) {
                one.name = expect_name("an exception");
            }
        }
        one.body = block("\"except\"");
        node->handlers.push_back(std::move(one));
    }
    if (accept_word("else")) {
        node->otherwise = block("\"else\"");
    }
    if (accept_word("finally")) {
        node->last = block("\"finally\"");
    } else if (node->handlers.empty()) {
        fail("\"except\" or \"finally\" is missing after the block of \"try\"");
    }
    return node;
}

Stmt* Parser::definition() {
    std::vector<Expr*> decorators;
    while (accept_op("@")) {
        decorators.push_back(named());
        if (!is(TokenKind::Newline)) {
            fail("a decorator ends before " + shown());
        }
        next();
    }
    accept_word("async");
    const Span span = peek().span;
    if (accept_word("class")) {
        Stmt* node = tree_.stmt(StmtKind::Class, span);
        node->decorators = std::move(decorators);
        node->text = expect_name("a class");
        if (is_op("(")) {
            const Expr* bases = call(tree_.expr(ExprKind::Name, span));
            node->items.assign(bases->items.begin() + 1, bases->items.end());
        }
        node->body = block("the head of a class");
        return node;
    }
    if (!accept_word("def")) {
        fail("\"def\" or \"class\" is missing after a decorator, before " + shown());
    }
    Stmt* node = tree_.stmt(StmtKind::Function, span);
    node->decorators = std::move(decorators);
    node->text = expect_name("a function");
    expect_op("(", "after the name of a function");
    node->parameters = parameters(")", true);
    expect_op(")", "after the parameters of a function");
    node->items.push_back(accept_op("->") ? test() : nullptr);
    node->body = block("the head of a function");
    return node;
}

Stmt* Parser::match_statement() {
    const Span span = next().span;
    Stmt* node = tree_.stmt(StmtKind::Match, span, {expressions(false)});
    expect_op(":", "after the value of \"match\"");
    recover();
    return node;
}

std::unique_ptr<Tree> parse(std::string_view text, uint16_t file, Diagnostics& diagnostics) {
    auto tree = std::make_unique<Tree>();
    tree->body = Parser(tokenize(text, file, diagnostics), *tree, diagnostics).file();
    return tree;
}

}  // namespace tessera::tile::front
