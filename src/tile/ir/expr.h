// Scalar expressions of the tile IR: immutable, shared, typed.
//
// An expression has one operator, operands, and a type. Integers are exact (64 bits while compiling); floating point
// has the arithmetic of its type, which only the interpreter and the lowering know. Comparison and logic give Bool.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tile/ir/types.h>

namespace tessera::tile::ir {

enum class Op : uint8_t {
    // Leaves.
    Int,    ///< integer or Bool constant: int_value
    Float,  ///< floating-point constant: float_value; may be infinite
    Var,    ///< a named scalar: var
    Load,   ///< one element: buffer, args are the indices, one a dimension
    // Arithmetic. Both sides have the result's type.
    Add,
    Sub,
    Mul,
    Div,       ///< true division; of floating point
    FloorDiv,  ///< Python's //
    FloorMod,  ///< Python's %
    Min,
    Max,
    Pow,
    Neg,
    Abs,
    // Bits, of integers.
    Shl,
    Shr,
    BitAnd,
    BitOr,
    BitXor,
    BitNot,
    // Comparison: both sides of one type.
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    // Logic, of Bool.
    And,
    Or,
    Not,
    Select,       ///< (condition, if true, if false); all are evaluated
    Cast,         ///< to dtype: round to nearest even into floating point, truncate into integers, saturate into fp8
    Reinterpret,  ///< the same bits as another type of the same width
    // Functions of floating point.
    Exp,
    Exp2,
    Exp10,
    Log,
    Log2,
    Log10,
    Log1p,
    Sqrt,
    Rsqrt,
    Recip,
    Sin,
    Cos,
    Tan,
    Sinh,
    Cosh,
    Tanh,
    Sigmoid,
    Erf,
    Floor,
    Ceil,
    Round,
    Trunc,
    IsNan,
    IsInf,
};

/// What a spec says of an operator.
struct OpInfo {
    std::string_view name;    ///< as dumps print it: "add", "floordiv", "exp2"
    std::string_view symbol;  ///< "+", "//"; empty: printed as a call
    unsigned operands;        ///< of Load any number
};
const OpInfo& info(Op op);

struct VarNode {
    std::string name;  ///< unique in a kernel once it is built
    DType dtype = DType::Int32;
};
/// Identity is the object: two Vars of one name are two variables.
using Var = std::shared_ptr<const VarNode>;

struct BufferNode;
using Buffer = std::shared_ptr<const BufferNode>;

struct ExprNode;
using Expr = std::shared_ptr<const ExprNode>;

struct ExprNode {
    Op op = Op::Int;
    DType dtype = DType::Int32;
    int64_t int_value = 0;
    double float_value = 0;
    Var var;
    Buffer buffer;
    std::vector<Expr> args;
    Span span;
};

/// Where a buffer lives. Shared and fragment are both a block's own L1 here: what tells a stream from a resident array
/// is how it is used, and a pass finds that out.
enum class Scope : uint8_t {
    Param,     ///< in DRAM, given by the caller (an input, an output or both)
    Global,    ///< in DRAM, alloc_global: lives between launches
    Shared,    ///< alloc_shared
    Fragment,  ///< alloc_fragment
    Local,     ///< alloc_local and alloc_var: a few scalars of one block; alloc_var has shape (1)
};

/// A tensor or a block's buffer. Shapes of parameters may hold symbols; those of the others are constant by the time
/// the front end is done.
struct BufferNode {
    std::string name;  ///< unique in a kernel
    DType dtype = DType::Float32;
    std::vector<Expr> shape;  ///< elements, outermost first; row-major
    Scope scope = Scope::Param;
    Span span;
};

/// A box of a buffer: of each dimension where it begins, and how many elements. A dimension that was indexed rather
/// than sliced has extent 1, and `dropped` says so: tile operations match dimensions that are left from the right.
struct Region {
    Buffer buffer;
    std::vector<Expr> begin;
    std::vector<Expr> extent;
    std::vector<bool> dropped;  ///< one a dimension
};

// Making expressions. They fold constants and the plainest identities (x+0, x*1, x*0 of integers, x//1), and throw
// std::logic_error where types do not fit: whoever reads a script checks first.
Expr make_int(int64_t value, DType dtype = DType::Int32, Span span = {});
Expr make_bool(bool value, Span span = {});
Expr make_float(double value, DType dtype = DType::Float32, Span span = {});
Expr make_var(const Var& var, Span span = {});
Expr make_load(const Buffer& buffer, std::vector<Expr> indices, Span span = {});
Expr make(Op op, std::vector<Expr> args, Span span = {});  ///< all but leaves, Cast and Reinterpret
Expr make_cast(DType to, const Expr& value, Span span = {});
Expr make_reinterpret(DType to, const Expr& value, Span span = {});

inline Expr operator+(const Expr& a, const Expr& b) {
    return make(Op::Add, {a, b});
}
inline Expr operator-(const Expr& a, const Expr& b) {
    return make(Op::Sub, {a, b});
}
inline Expr operator*(const Expr& a, const Expr& b) {
    return make(Op::Mul, {a, b});
}
Expr floordiv(const Expr& a, const Expr& b);
Expr floormod(const Expr& a, const Expr& b);
Expr ceildiv(const Expr& a, const Expr& b);

/// The value, if it is an integer constant.
std::optional<int64_t> constant(const Expr& expr);
/// Structural equality; variables and buffers by identity, spans not looked at.
bool same(const Expr& a, const Expr& b);
bool uses(const Expr& expr, const Var& var);
/// Rebuilds with each variable for which `value` gives an expression replaced, folding on the way.
template <class Value>
Expr substitute(const Expr& expr, Value&& value);
/// Rebuilds bottom up: `change` gets a node whose operands are rebuilt, and returns it or another.
template <class Change>
Expr rewrite(const Expr& expr, Change&& change);
/// Calls visit(node) for all nodes, parents first.
template <class Visit>
void walk(const Expr& expr, Visit&& visit);

// --- inline
// -----------------------------------------------------------------------------------------------------------

/// The same node with other operands; folds. Of leaves: the node itself.
Expr with_args(const Expr& node, std::vector<Expr> args);

template <class Change>
Expr rewrite(const Expr& expr, Change&& change) {
    std::vector<Expr> args;
    args.reserve(expr->args.size());
    bool changed = false;
    for (const Expr& arg : expr->args) {
        args.push_back(rewrite(arg, change));
        changed = changed || args.back() != arg;
    }
    return change(changed ? with_args(expr, std::move(args)) : expr);
}

template <class Value>
Expr substitute(const Expr& expr, Value&& value) {
    return rewrite(expr, [&](const Expr& node) -> Expr {
        if (node->op != Op::Var) {
            return node;
        }
        Expr replaced = value(node->var);
        return replaced ? replaced : node;
    });
}

template <class Visit>
void walk(const Expr& expr, Visit&& visit) {
    visit(expr);
    for (const Expr& arg : expr->args) {
        walk(arg, visit);
    }
}

}  // namespace tessera::tile::ir
