// The parser's state: tokens, and what both of its halves (expressions, statements) need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tile/front/lexer.h>
#include <tile/front/parser.h>

namespace tessera::tile::front {

/// Thrown where a statement cannot be read on.
struct SyntaxError {
    Span span;
    std::string message, help;
};

class Parser {
public:
    Parser(std::vector<Token> tokens, Tree& tree, Diagnostics& diagnostics)
        : tokens_(std::move(tokens)), tree_(tree), diagnostics_(diagnostics) {}

    Body file();
    /// Tokens that are one expression (of f-strings and command lines).
    Expr* only_expression();

private:
    // Tokens.
    const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    const Token& next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
    bool is(TokenKind kind) const { return peek().kind == kind; }
    bool is_op(std::string_view text, size_t ahead = 0) const {
        return peek(ahead).kind == TokenKind::Operator && peek(ahead).text == text;
    }
    bool is_word(std::string_view text, size_t ahead = 0) const {
        return peek(ahead).kind == TokenKind::Name && peek(ahead).text == text;
    }
    bool accept_op(std::string_view text);
    bool accept_word(std::string_view text);
    void expect_op(std::string_view text, std::string_view where);
    std::string expect_name(std::string_view what);
    [[noreturn]] void fail(std::string message, std::string help = {}) const;
    [[noreturn]] static void fail_at(Span span, std::string message, std::string help = {});
    std::string shown() const;  ///< the token as an error message names it

    // Expressions, from the loosest to the tightest.
    Expr* expressions(bool allow_named);  ///< with commas: a tuple
    Expr* starred_or_named(bool allow_named);
    Expr* named();
    Expr* test();
    Expr* or_test();
    Expr* and_test();
    Expr* not_test();
    Expr* comparison();
    Expr* binary(int level);
    Expr* unary();
    Expr* power();
    Expr* primary();
    Expr* atom();
    Expr* lambda();
    Expr* call(Expr* function);
    Expr* subscript(Expr* object);
    Expr* subscript_item();
    Expr* brackets(std::string_view close);
    Expr* dict_or_set();
    Expr* strings();
    void f_string(const Token& token, Expr* into);
    size_t f_field(std::string_view text, size_t from, Span& place, Expr* into);
    void f_parts(std::string_view text, Span place, bool raw, bool nested, Expr* into);
    std::vector<Clause> clauses();
    bool comprehension_follows() const;
    Expr* targets();  ///< what stands between "for" and "in"
    std::vector<Parameter> parameters(std::string_view close, bool annotations);
    static void check_target(const Expr* target);

    // Statements.
    void statement(Body& into);
    void simple_line(Body& into);
    Stmt* simple();
    Stmt* expression_statement();
    Stmt* compound();
    Stmt* if_statement();
    Stmt* for_statement();
    Stmt* while_statement();
    Stmt* with_statement();
    Stmt* try_statement();
    Stmt* definition();
    Stmt* import_statement();
    Stmt* match_statement();
    Body block(std::string_view of);
    void recover();
    std::string dotted();

    std::vector<Token> tokens_;
    size_t at_ = 0;
    Tree& tree_;
    Diagnostics& diagnostics_;
};

}  // namespace tessera::tile::front
