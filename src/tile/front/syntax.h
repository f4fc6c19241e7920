// The syntax tree of a script: Python 3.11 as kernels and the code around them use it.
//
// Nodes belong to the Tree they were made for and hold plain pointers to each other. What `items` of a node means is
// said beside its kind.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <tile/ir/types.h>

namespace tessera::tile::front {

enum class ExprKind : uint8_t {
    Name,  ///< text
    None,  ///< the constant
    True,
    False,
    Ellipsis,
    Int,        ///< int_value; text is what was written, if it does not fit 64 bits
    Float,      ///< float_value
    Imaginary,  ///< float_value
    String,     ///< text, escapes resolved
    Bytes,      ///< text
    FString,    ///< items: String and Field
    Field,      ///< of an f-string: [value, format FString or null]; text: conversion "r", "s", "a" or empty
    Tuple,      ///< elements
    List,
    Set,
    Dict,      ///< key, value, key, value, ...; a null key: **value
    ListComp,  ///< [element], clauses
    SetComp,
    Generator,
    DictComp,     ///< [key, value], clauses
    Unary,        ///< [operand]; text: "+", "-", "~", "not"
    Binary,       ///< [left, right]; text: the operator, "//"
    BoolOp,       ///< operands; text: "and", "or"
    Compare,      ///< operands; operators between them: "<", "is not", "not in"
    Conditional,  ///< [condition, if true, if false]
    Lambda,       ///< [body], parameters
    Call,         ///< [function, positional...], keywords
    Attribute,    ///< [object]; text: name
    Subscript,    ///< [object, index]
    Slice,        ///< [lower, upper, step], each may be null
    Starred,      ///< [value]
    Named,        ///< [target, value]: target := value
    Yield,        ///< [value or null]
    YieldFrom,    ///< [value]
    Await,        ///< [value]
};

struct Expr;

struct Keyword {
    std::string name;  ///< empty: **value
    Expr* value = nullptr;
    Span span;
};

/// for target in iterable if condition if condition ...
struct Clause {
    Expr* target = nullptr;
    Expr* iterable = nullptr;
    std::vector<Expr*> conditions;
};

enum class ParameterKind : uint8_t { Positional, PositionalOnly, Star, KeywordOnly, DoubleStar };

struct Parameter {
    std::string name;
    ParameterKind kind = ParameterKind::Positional;
    Expr* annotation = nullptr;
    Expr* fallback = nullptr;  ///< the default
    Span span;
};

struct Expr {
    ExprKind kind = ExprKind::None;
    Span span;
    std::string text;
    int64_t int_value = 0;
    double float_value = 0;
    std::vector<Expr*> items;
    std::vector<std::string> operators;
    std::vector<Keyword> keywords;
    std::vector<Clause> clauses;
    std::vector<Parameter> parameters;
};

enum class StmtKind : uint8_t {
    Expression,  ///< [value]
    Assign,      ///< [value, target, target, ...]
    AugAssign,   ///< [target, value]; text: "+"
    AnnAssign,   ///< [target, annotation, value or null]
    Return,      ///< [value or null]
    Raise,       ///< [exception or null, cause or null]
    Assert,      ///< [condition, message or null]
    Delete,      ///< targets
    Pass,
    Break,
    Continue,
    Global,      ///< names
    Nonlocal,    ///< names
    Import,      ///< imports
    ImportFrom,  ///< text: module with its dots; imports; the name "*" for all
    If,          ///< [condition], body, otherwise
    While,       ///< [condition], body, otherwise
    For,         ///< [target, iterable], body, otherwise
    With,        ///< withs, body
    Try,         ///< body, handlers, otherwise, last
    Function,    ///< text: name; parameters, decorators, [annotation of the result or null], body
    Class,       ///< text: name; decorators, items: bases, body
    Match,       ///< parsed for its extent only
};

struct Stmt;
using Body = std::vector<Stmt*>;

struct Import {
    std::string name, as;  ///< as: empty without one
    Span span;
};

struct WithItem {
    Expr* context = nullptr;
    Expr* target = nullptr;  ///< null without "as"
};

struct Handler {
    Expr* type = nullptr;  ///< null: any
    std::string name;
    Body body;
};

struct Stmt {
    StmtKind kind = StmtKind::Pass;
    Span span;
    std::string text;
    std::vector<Expr*> items;
    std::vector<std::string> names;
    std::vector<Import> imports;
    std::vector<WithItem> withs;
    std::vector<Parameter> parameters;
    std::vector<Expr*> decorators;
    std::vector<Handler> handlers;
    Body body, otherwise, last;
};

/// A parsed file.
struct Tree {
    Body body;
    std::deque<Expr> exprs;
    std::deque<Stmt> stmts;

    Expr* expr(ExprKind kind, Span span, std::vector<Expr*> items = {}) {
        exprs.push_back({.kind = kind, .span = span, .items = std::move(items)});
        return &exprs.back();
    }
    Stmt* stmt(StmtKind kind, Span span, std::vector<Expr*> items = {}) {
        stmts.push_back({.kind = kind, .span = span, .items = std::move(items)});
        return &stmts.back();
    }
};

}  // namespace tessera::tile::front
