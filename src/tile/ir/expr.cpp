#include <tile/ir/expr.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include <tile/ir/rounding.h>

namespace tessera::tile::ir {
namespace {

constexpr size_t op_count = static_cast<size_t>(Op::IsInf) + 1;

constexpr std::array<OpInfo, op_count> op_infos{{
    {"int", "", 0},    {"float", "", 0}, {"var", "", 0},         {"load", "", 0},       {"add", "+", 2},
    {"sub", "-", 2},   {"mul", "*", 2},  {"div", "/", 2},        {"floordiv", "//", 2}, {"floormod", "%", 2},
    {"min", "", 2},    {"max", "", 2},   {"pow", "", 2},         {"neg", "", 1},        {"abs", "", 1},
    {"shl", "<<", 2},  {"shr", ">>", 2}, {"bitand", "&", 2},     {"bitor", "|", 2},     {"bitxor", "^", 2},
    {"bitnot", "", 1}, {"eq", "==", 2},  {"ne", "!=", 2},        {"lt", "<", 2},        {"le", "<=", 2},
    {"gt", ">", 2},    {"ge", ">=", 2},  {"and", "and", 2},      {"or", "or", 2},       {"not", "", 1},
    {"select", "", 3}, {"cast", "", 1},  {"reinterpret", "", 1}, {"exp", "", 1},        {"exp2", "", 1},
    {"exp10", "", 1},  {"log", "", 1},   {"log2", "", 1},        {"log10", "", 1},      {"log1p", "", 1},
    {"sqrt", "", 1},   {"rsqrt", "", 1}, {"recip", "", 1},       {"sin", "", 1},        {"cos", "", 1},
    {"tan", "", 1},    {"sinh", "", 1},  {"cosh", "", 1},        {"tanh", "", 1},       {"sigmoid", "", 1},
    {"erf", "", 1},    {"floor", "", 1}, {"ceil", "", 1},        {"round", "", 1},      {"trunc", "", 1},
    {"isnan", "", 1},  {"isinf", "", 1},
}};

[[noreturn]] void misfit(Op op, std::string_view why) {
    throw std::logic_error("tile expression " + std::string(info(op).name) + ": " + std::string(why));
}

bool is_constant(const Expr& expr) {
    return expr->op == Op::Int || expr->op == Op::Float;
}

/// Of any constant.
double number(const Expr& expr) {
    return expr->op == Op::Int ? static_cast<double>(expr->int_value) : expr->float_value;
}

bool is_comparison(Op op) {
    return op >= Op::Eq && op <= Op::Ge;
}

/// The result's type; throws where operands do not fit.
DType type_of(Op op, const std::vector<Expr>& args) {
    if (args.size() != info(op).operands) {
        misfit(op, "it takes " + std::to_string(info(op).operands) + " operands, not " + std::to_string(args.size()));
    }
    for (const Expr& arg : args) {
        if (!arg) {
            misfit(op, "an operand is missing");
        }
    }
    const DType type = args[0]->dtype;
    const auto pair = [&] {
        if (args[1]->dtype != type) {
            misfit(op, "operands are " + std::string(name_of(type)) + " and " + std::string(name_of(args[1]->dtype)));
        }
    };
    const auto need = [&](bool fits, std::string_view what) {
        if (!fits) {
            misfit(op, "an operand is " + std::string(name_of(type)) + ", not " + std::string(what));
        }
    };
    switch (op) {
        case Op::Add:
        case Op::Sub:
        case Op::Mul:
        case Op::FloorDiv:
        case Op::FloorMod:
        case Op::Pow:
            pair();
            need(type != DType::Bool, "a number");
            return type;
        case Op::Min:
        case Op::Max:
            pair();
            return type;
        case Op::Div:
            pair();
            need(is_float(type), "floating point");
            return type;
        case Op::Neg:
        case Op::Abs:
            need(type != DType::Bool, "a number");
            return type;
        case Op::Shl:
        case Op::Shr:
        case Op::BitAnd:
        case Op::BitOr:
        case Op::BitXor:
            pair();
            need(is_int(type), "an integer");
            return type;
        case Op::BitNot:
            need(is_int(type), "an integer");
            return type;
        case Op::Eq:
        case Op::Ne:
        case Op::Lt:
        case Op::Le:
        case Op::Gt:
        case Op::Ge:
            pair();
            return DType::Bool;
        case Op::And:
        case Op::Or:
            pair();
            need(type == DType::Bool, "bool");
            return type;
        case Op::Not:
            need(type == DType::Bool, "bool");
            return type;
        case Op::Select:
            need(type == DType::Bool, "bool");
            if (args[1]->dtype != args[2]->dtype) {
                misfit(op, "its values are " + std::string(name_of(args[1]->dtype)) + " and " +
                               std::string(name_of(args[2]->dtype)));
            }
            return args[1]->dtype;
        case Op::IsNan:
        case Op::IsInf:
            need(is_float(type), "floating point");
            return DType::Bool;
        default:
            if (op < Op::Exp) {
                misfit(op, "it is not made this way");
            }
            need(is_float(type), "floating point");
            return type;
    }
}

int64_t floor_divide(int64_t a, int64_t b) {
    const int64_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/// The integer result, if it can be told: not for a division by zero, a shift out of range, or what leaves 64 bits.
std::optional<int64_t> fold_ints(Op op, int64_t a, int64_t b) {
    int64_t result = 0;
    switch (op) {
        case Op::Add:
            return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
        case Op::Sub:
            return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
        case Op::Mul:
            return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
        case Op::FloorDiv:
            return b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min()) ? std::nullopt
                                                                                   : std::optional(floor_divide(a, b));
        case Op::FloorMod:
            return b == 0 || b == -1 ? (b == 0 ? std::nullopt : std::optional<int64_t>(0))
                                     : std::optional(a - floor_divide(a, b) * b);
        case Op::Min:
            return std::min(a, b);
        case Op::Max:
            return std::max(a, b);
        case Op::Pow: {
            if (b < 0) {
                return std::nullopt;
            }
            result = 1;
            for (int64_t i = 0; i < b; ++i) {
                if (i > 64 && a != 0 && a != 1 && a != -1) {
                    return std::nullopt;
                }
                if (__builtin_mul_overflow(result, a, &result)) {
                    return std::nullopt;
                }
            }
            return result;
        }
        case Op::Shl:
            return b < 0 || b > 62 || __builtin_mul_overflow(a, int64_t{1} << b, &result) ? std::nullopt
                                                                                          : std::optional(result);
        case Op::Shr:
            return b < 0 || b > 63 ? std::nullopt : std::optional(a >> b);
        case Op::BitAnd:
            return a & b;
        case Op::BitOr:
            return a | b;
        case Op::BitXor:
            return a ^ b;
        default:
            return std::nullopt;
    }
}

template <class Number>
bool compare(Op op, Number a, Number b) {
    switch (op) {
        case Op::Eq:
            return a == b;
        case Op::Ne:
            return a != b;
        case Op::Lt:
            return a < b;
        case Op::Le:
            return a <= b;
        case Op::Gt:
            return a > b;
        default:
            return a >= b;
    }
}

std::optional<double> fold_floats(Op op, double a, double b) {
    switch (op) {
        case Op::Add:
            return a + b;
        case Op::Sub:
            return a - b;
        case Op::Mul:
            return a * b;
        case Op::Div:
            return a / b;
        case Op::FloorDiv:
            return std::floor(a / b);
        case Op::FloorMod:
            return a - std::floor(a / b) * b;
        case Op::Min:
            return std::fmin(a, b);
        case Op::Max:
            return std::fmax(a, b);
        case Op::Pow:
            return std::pow(a, b);
        case Op::Neg:
            return -a;
        case Op::Abs:
            return std::fabs(a);
        case Op::Exp:
            return std::exp(a);
        case Op::Exp2:
            return std::exp2(a);
        case Op::Exp10:
            return std::pow(10.0, a);
        case Op::Log:
            return std::log(a);
        case Op::Log2:
            return std::log2(a);
        case Op::Log10:
            return std::log10(a);
        case Op::Log1p:
            return std::log1p(a);
        case Op::Sqrt:
            return std::sqrt(a);
        case Op::Rsqrt:
            return 1 / std::sqrt(a);
        case Op::Recip:
            return 1 / a;
        case Op::Sin:
            return std::sin(a);
        case Op::Cos:
            return std::cos(a);
        case Op::Tan:
            return std::tan(a);
        case Op::Sinh:
            return std::sinh(a);
        case Op::Cosh:
            return std::cosh(a);
        case Op::Tanh:
            return std::tanh(a);
        case Op::Sigmoid:
            return 1 / (1 + std::exp(-a));
        case Op::Erf:
            return std::erf(a);
        case Op::Floor:
            return std::floor(a);
        case Op::Ceil:
            return std::ceil(a);
        case Op::Round:
            return std::nearbyint(a);
        case Op::Trunc:
            return std::trunc(a);
        default:
            return std::nullopt;
    }
}

/// The constant that the operator makes of constants, if all operands are.
Expr fold(Op op, DType type, const std::vector<Expr>& args, Span span) {
    if (!std::all_of(args.begin(), args.end(), is_constant)) {
        return nullptr;
    }
    const bool ints = args[0]->op == Op::Int;
    const bool binary = args.size() > 1;
    if (is_comparison(op)) {
        return make_bool(ints && args[1]->op == Op::Int ? compare(op, args[0]->int_value, args[1]->int_value)
                                                        : compare(op, number(args[0]), number(args[1])),
                         span);
    }
    switch (op) {
        case Op::And:
            return make_bool(args[0]->int_value != 0 && args[1]->int_value != 0, span);
        case Op::Or:
            return make_bool(args[0]->int_value != 0 || args[1]->int_value != 0, span);
        case Op::Not:
            return make_bool(args[0]->int_value == 0, span);
        case Op::IsNan:
            return make_bool(std::isnan(number(args[0])), span);
        case Op::IsInf:
            return make_bool(std::isinf(number(args[0])), span);
        case Op::Select:
            return nullptr;
        default:
            break;
    }
    if (is_float(type)) {
        const auto value = fold_floats(op, number(args[0]), binary ? number(args[1]) : 0);
        return value ? make_float(*value, type, span) : nullptr;
    }
    std::optional<int64_t> value;
    const int64_t a = args[0]->int_value;
    switch (op) {
        case Op::Neg:
            value = fold_ints(Op::Sub, 0, a);
            break;
        case Op::Abs:
            value = a < 0 ? fold_ints(Op::Sub, 0, a) : a;
            break;
        case Op::BitNot:
            value = ~a;
            break;
        default:
            value = fold_ints(op, a, args[1]->int_value);
    }
    if (!value) {
        return nullptr;
    }
    return make_int(is_int(type) && !is_signed(type) ? wrap_to(type, *value) : *value, type, span);
}

bool is_number(const Expr& expr, double value) {
    return is_constant(expr) && number(expr) == value;
}

/// The plainest identities; null where none holds. A constant stands on the right of + and *.
Expr simplify(Op op, const std::vector<Expr>& args, Span span) {
    const Expr& a = args[0];
    const bool exact = is_int(a->dtype) && is_signed(a->dtype);
    const auto c = args.size() > 1 ? constant(args[1]) : std::nullopt;
    switch (op) {
        case Op::Add:
            if (is_constant(a) && !is_constant(args[1])) {
                return make(op, {args[1], a}, span);
            }
            if (is_number(args[1], 0)) {
                return a;
            }
            if (exact && c && (a->op == Op::Add || a->op == Op::Sub) && is_constant(a->args[1])) {
                const int64_t inner = a->args[1]->int_value;
                return make(Op::Add, {a->args[0], make_int(*c + (a->op == Op::Add ? inner : -inner), a->dtype, span)},
                            span);
            }
            return nullptr;
        case Op::Sub:
            if (is_number(args[1], 0)) {
                return a;
            }
            if (exact && same(a, args[1])) {
                return make_int(0, a->dtype, span);
            }
            if (exact && a->op == Op::Add) {
                if (same(a->args[1], args[1])) {
                    return a->args[0];
                }
                if (same(a->args[0], args[1])) {
                    return a->args[1];
                }
            }
            if (exact && c && *c < 0 && *c != std::numeric_limits<int64_t>::min()) {
                return make(Op::Add, {a, make_int(-*c, a->dtype, span)}, span);
            }
            return nullptr;
        case Op::Mul:
            if (is_constant(a) && !is_constant(args[1])) {
                return make(op, {args[1], a}, span);
            }
            if (is_number(args[1], 1)) {
                return a;
            }
            if (is_int(a->dtype) && c && *c == 0) {
                return args[1];
            }
            if (exact && c && a->op == Op::Mul && is_constant(a->args[1])) {
                if (const auto product = fold_ints(Op::Mul, a->args[1]->int_value, *c)) {
                    return make(Op::Mul, {a->args[0], make_int(*product, a->dtype, span)}, span);
                }
            }
            return nullptr;
        case Op::Div:
            return is_number(args[1], 1) ? a : nullptr;
        case Op::FloorDiv:
            if (is_int(a->dtype) && c && *c == 1) {
                return a;
            }
            if (exact && c && *c > 0 && a->op == Op::Mul && is_constant(a->args[1]) &&
                a->args[1]->int_value % *c == 0) {
                return make(Op::Mul, {a->args[0], make_int(a->args[1]->int_value / *c, a->dtype, span)}, span);
            }
            return nullptr;
        case Op::FloorMod:
            if (is_int(a->dtype) && c && *c == 1) {
                return make_int(0, a->dtype, span);
            }
            if (exact && c && *c > 0 && a->op == Op::Mul && is_constant(a->args[1]) &&
                a->args[1]->int_value % *c == 0) {
                return make_int(0, a->dtype, span);
            }
            return nullptr;
        case Op::Min:
        case Op::Max:
            return same(a, args[1]) ? a : nullptr;
        case Op::Shl:
        case Op::Shr:
            return c && *c == 0 ? a : nullptr;
        case Op::And:
            for (int i = 0; i < 2; ++i) {
                if (const auto value = constant(args[static_cast<size_t>(i)])) {
                    return *value != 0 ? args[static_cast<size_t>(1 - i)] : args[static_cast<size_t>(i)];
                }
            }
            return nullptr;
        case Op::Or:
            for (int i = 0; i < 2; ++i) {
                if (const auto value = constant(args[static_cast<size_t>(i)])) {
                    return *value != 0 ? args[static_cast<size_t>(i)] : args[static_cast<size_t>(1 - i)];
                }
            }
            return nullptr;
        case Op::Not:
            return a->op == Op::Not ? a->args[0] : nullptr;
        case Op::Neg:
            return a->op == Op::Neg ? a->args[0] : nullptr;
        case Op::Select:
            if (const auto value = constant(a)) {
                return *value != 0 ? args[1] : args[2];
            }
            return same(args[1], args[2]) ? args[1] : nullptr;
        default:
            return nullptr;
    }
}

Expr node_of(ExprNode node) {
    return std::make_shared<const ExprNode>(std::move(node));
}

}  // namespace

const OpInfo& info(Op op) {
    return op_infos[static_cast<size_t>(op)];
}

Expr make_int(int64_t value, DType dtype, Span span) {
    if (is_float(dtype)) {
        misfit(Op::Int, "its type is " + std::string(name_of(dtype)));
    }
    ExprNode node;
    node.op = Op::Int;
    node.dtype = dtype;
    node.int_value = dtype == DType::Bool ? (value != 0 ? 1 : 0) : value;
    node.span = span;
    return node_of(std::move(node));
}

Expr make_bool(bool value, Span span) {
    return make_int(value ? 1 : 0, DType::Bool, span);
}

Expr make_float(double value, DType dtype, Span span) {
    if (!is_float(dtype)) {
        misfit(Op::Float, "its type is " + std::string(name_of(dtype)));
    }
    ExprNode node;
    node.op = Op::Float;
    node.dtype = dtype;
    node.float_value = value;
    node.span = span;
    return node_of(std::move(node));
}

Expr make_var(const Var& var, Span span) {
    if (!var) {
        misfit(Op::Var, "there is no variable");
    }
    ExprNode node;
    node.op = Op::Var;
    node.dtype = var->dtype;
    node.var = var;
    node.span = span;
    return node_of(std::move(node));
}

Expr make_load(const Buffer& buffer, std::vector<Expr> indices, Span span) {
    if (!buffer) {
        misfit(Op::Load, "there is no buffer");
    }
    if (indices.size() != buffer->shape.size()) {
        misfit(Op::Load, buffer->name + " has " + std::to_string(buffer->shape.size()) + " dimensions, not " +
                             std::to_string(indices.size()));
    }
    for (const Expr& index : indices) {
        if (!index || !is_int(index->dtype)) {
            misfit(Op::Load, "an index of " + buffer->name + " is no integer");
        }
    }
    ExprNode node;
    node.op = Op::Load;
    node.dtype = buffer->dtype;
    node.buffer = buffer;
    node.args = std::move(indices);
    node.span = span;
    return node_of(std::move(node));
}

Expr make(Op op, std::vector<Expr> args, Span span) {
    if (op <= Op::Load || op == Op::Cast || op == Op::Reinterpret) {
        misfit(op, "it is not made this way");
    }
    // What & | ^ of Bool mean is logic.
    if (args.size() == 2 && args[0] && args[0]->dtype == DType::Bool) {
        op = op == Op::BitAnd ? Op::And : op == Op::BitOr ? Op::Or : op == Op::BitXor ? Op::Ne : op;
    }
    const DType type = type_of(op, args);
    if (Expr folded = fold(op, type, args, span)) {
        return folded;
    }
    if (Expr simpler = simplify(op, args, span)) {
        return simpler;
    }
    ExprNode node;
    node.op = op;
    node.dtype = type;
    node.args = std::move(args);
    node.span = span;
    return node_of(std::move(node));
}

Expr make_cast(DType to, const Expr& value, Span span) {
    if (!value) {
        misfit(Op::Cast, "an operand is missing");
    }
    if (value->dtype == to) {
        return value;
    }
    if (is_constant(value)) {
        if (is_float(to)) {
            return make_float(round_to(to, number(value)), to, span);
        }
        if (value->op == Op::Int) {
            return make_int(wrap_to(to, value->int_value), to, span);
        }
        if (std::isfinite(value->float_value) && std::fabs(value->float_value) < 9e18) {
            return make_int(to == DType::Bool ? (value->float_value != 0 ? 1 : 0)
                                              : wrap_to(to, static_cast<int64_t>(value->float_value)),
                            to, span);
        }
    }
    ExprNode node;
    node.op = Op::Cast;
    node.dtype = to;
    node.args = {value};
    node.span = span;
    return node_of(std::move(node));
}

Expr make_reinterpret(DType to, const Expr& value, Span span) {
    if (!value) {
        misfit(Op::Reinterpret, "an operand is missing");
    }
    if (value->dtype == to) {
        return value;
    }
    if (bits_of(to) != bits_of(value->dtype)) {
        misfit(Op::Reinterpret,
               std::string(name_of(value->dtype)) + " has another width than " + std::string(name_of(to)));
    }
    ExprNode node;
    node.op = Op::Reinterpret;
    node.dtype = to;
    node.args = {value};
    node.span = span;
    return node_of(std::move(node));
}

Expr floordiv(const Expr& a, const Expr& b) {
    return make(Op::FloorDiv, {a, b});
}

Expr floormod(const Expr& a, const Expr& b) {
    return make(Op::FloorMod, {a, b});
}

Expr ceildiv(const Expr& a, const Expr& b) {
    return floordiv(a + (b - make_int(1, b->dtype)), b);
}

std::optional<int64_t> constant(const Expr& expr) {
    return expr && expr->op == Op::Int ? std::optional(expr->int_value) : std::nullopt;
}

bool same(const Expr& a, const Expr& b) {
    if (a == b) {
        return true;
    }
    if (!a || !b || a->op != b->op || a->dtype != b->dtype || a->args.size() != b->args.size()) {
        return false;
    }
    switch (a->op) {
        case Op::Int:
            return a->int_value == b->int_value;
        case Op::Float:
            return a->float_value == b->float_value || (std::isnan(a->float_value) && std::isnan(b->float_value));
        case Op::Var:
            return a->var == b->var;
        case Op::Load:
            if (a->buffer != b->buffer) {
                return false;
            }
            break;
        default:
            break;
    }
    return std::equal(a->args.begin(), a->args.end(), b->args.begin(), same);
}

bool uses(const Expr& expr, const Var& var) {
    return (expr->op == Op::Var && expr->var == var) ||
           std::any_of(expr->args.begin(), expr->args.end(), [&](const Expr& arg) { return uses(arg, var); });
}

Expr with_args(const Expr& node, std::vector<Expr> args) {
    switch (node->op) {
        case Op::Int:
        case Op::Float:
        case Op::Var:
            return node;
        case Op::Load:
            return make_load(node->buffer, std::move(args), node->span);
        case Op::Cast:
            return make_cast(node->dtype, args.at(0), node->span);
        case Op::Reinterpret:
            return make_reinterpret(node->dtype, args.at(0), node->span);
        default:
            return make(node->op, std::move(args), node->span);
    }
}

}  // namespace tessera::tile::ir
