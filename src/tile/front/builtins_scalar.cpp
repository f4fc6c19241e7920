// Functions of numbers, and the table that all primitives are found through.
#include <algorithm>
#include <limits>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

using ir::DType;
using ir::Op;

const std::map<std::string, Op, std::less<>>& functions() {
    static const std::map<std::string, Op, std::less<>> table{
        {"exp", Op::Exp},         {"exp2", Op::Exp2},       {"exp10", Op::Exp10},     {"log", Op::Log},
        {"log2", Op::Log2},       {"log10", Op::Log10},     {"log1p", Op::Log1p},     {"sqrt", Op::Sqrt},
        {"rsqrt", Op::Rsqrt},     {"sin", Op::Sin},         {"cos", Op::Cos},         {"tan", Op::Tan},
        {"sinh", Op::Sinh},       {"cosh", Op::Cosh},       {"tanh", Op::Tanh},       {"sigmoid", Op::Sigmoid},
        {"erf", Op::Erf},         {"floor", Op::Floor},     {"ceil", Op::Ceil},       {"round", Op::Round},
        {"nearbyint", Op::Round}, {"trunc", Op::Trunc},     {"isnan", Op::IsNan},     {"isinf", Op::IsInf},
        {"fast_rcp", Op::Recip},  {"__exp", Op::Exp},       {"__exp10", Op::Exp10},   {"__log", Op::Log},
        {"__log2", Op::Log2},     {"__log10", Op::Log10},   {"__tan", Op::Tan},       {"__cos", Op::Cos},
        {"__sin", Op::Sin},       {"ieee_frcp", Op::Recip}, {"ieee_fsqrt", Op::Sqrt}, {"ieee_frsqrt", Op::Rsqrt}};
    return table;
}

double largest(DType type) {
    switch (type) {
        case DType::Float16:
            return 65504.0;
        case DType::BFloat16:
            return 3.3895313892515355e38;
        case DType::Float32:
        case DType::BlockFloat8:
        case DType::BlockFloat4:
            return std::numeric_limits<float>::max();
        case DType::Float64:
            return std::numeric_limits<double>::max();
        case DType::Float8E4M3:
            return 448.0;
        case DType::Float8E5M2:
            return 57344.0;
        default:
            return 0;
    }
}

}  // namespace

std::optional<Value> Evaluator::tile_scalar(const std::string& name, const Call& call) {
    const Span span = call.span;
    const Values& args = call.positional;
    const auto need = [&](size_t count) {
        if (args.size() < count) {
            fail("tile-call", span,
                 "T." + name + "() takes " + std::to_string(count) + " arguments, not " + std::to_string(args.size()));
        }
    };
    if (const auto found = functions().find(name); found != functions().end()) {
        need(1);
        return ir::make(found->second, {to_float(args[0], span)}, span);
    }
    if (name == "max" || name == "min" || name == "fmax" || name == "fmin") {
        need(2);
        const bool most = name.ends_with("max");
        Value best = args[0];
        for (size_t i = 1; i < args.size(); ++i) {
            if (!staged(best) && !staged(args[i])) {
                best = truth(compare(most ? ">" : "<", args[i], best, span)) == true ? args[i] : best;
                continue;
            }
            const auto [a, b] = same_type(best, args[i], span);
            best = ir::make(most ? Op::Max : Op::Min, {a, b}, span);
        }
        return best;
    }
    if (name == "ceildiv") {
        need(2);
        if (!staged(args[0]) && !staged(args[1])) {
            return unary("-", binary("//", unary("-", args[0], span), args[1], span), span);
        }
        const auto [a, b] = same_type(args[0], args[1], span);
        if (!ir::is_int(a->dtype)) {
            fail("tile-type", span, "T.ceildiv is for integers");
        }
        return ir::ceildiv(a, b);
    }
    if (name == "floordiv" || name == "truncdiv" || name == "indexdiv") {
        need(2);
        return binary("//", args[0], args[1], span);
    }
    if (name == "floormod" || name == "truncmod" || name == "indexmod") {
        need(2);
        return binary("%", args[0], args[1], span);
    }
    if (name == "div") {
        need(2);
        return binary("/", args[0], args[1], span);
    }
    if (name == "pow" || name == "power") {
        need(2);
        return binary("**", args[0], args[1], span);
    }
    static const std::map<std::string, std::string_view, std::less<>> operators{
        {"shift_left", "<<"}, {"shift_right", ">>"}, {"bitwise_and", "&"}, {"bitwise_or", "|"}, {"bitwise_xor", "^"},
        {"ieee_add", "+"},    {"ieee_sub", "-"},     {"ieee_mul", "*"},    {"ieee_fdiv", "/"},  {"add", "+"},
        {"subtract", "-"},    {"multiply", "*"},     {"divide", "/"}};
    if (const auto found = operators.find(name); found != operators.end()) {
        need(2);
        return binary(found->second, args[0], args[1], span);
    }
    if (name == "bitwise_not") {
        need(1);
        return unary("~", args[0], span);
    }
    if (name == "ieee_fmaf" || name == "fma") {
        need(3);
        return binary("+", binary("*", args[0], args[1], span), args[2], span);
    }
    if (name == "abs" || name == "fabs") {
        need(1);
        if (!staged(args[0])) {
            return truth(compare("<", args[0], int64_t{0}, span)) == true ? unary("-", args[0], span) : args[0];
        }
        return ir::make(Op::Abs, {to_expr(args[0], span)}, span);
    }
    if (name == "clamp") {
        need(3);
        const auto [x, low] = same_type(args[0], args[1], span);
        const auto [bounded, high] = same_type(ir::make(Op::Max, {x, low}, span), args[2], span);
        return ir::make(Op::Min, {bounded, high}, span);
    }
    if (name == "if_then_else" || name == "Select" || name == "where") {
        need(3);
        const std::optional<bool> known = truth(args[0]);
        if (known && !args[0].is<OpaqueValue>()) {
            return args[*known ? 1 : 2];
        }
        const auto [a, b] = same_type(args[1], args[2], span);
        return ir::make(Op::Select, {to_bool(args[0], span), a, b}, span);
    }
    if (name == "infinity" || name == "max_value" || name == "min_value") {
        need(1);
        const DType type = to_dtype(args[0], span);
        if (ir::is_float(type)) {
            const double value = name == "infinity"    ? std::numeric_limits<double>::infinity()
                                 : name == "max_value" ? largest(type)
                                                       : -largest(type);
            return ir::make_float(value, type, span);
        }
        if (name == "infinity" || !ir::is_int(type)) {
            fail("tile-dtype", span, "T." + name + " of " + std::string(ir::name_of(type)));
        }
        const unsigned bits = ir::bits_of(type);
        const int64_t high = ir::is_signed(type)
                                 ? (bits == 64 ? std::numeric_limits<int64_t>::max() : (int64_t{1} << (bits - 1)) - 1)
                             : bits >= 63 ? std::numeric_limits<int64_t>::max()
                                          : (int64_t{1} << bits) - 1;
        return ir::make_int(name == "max_value" ? high : ir::is_signed(type) ? -high - 1 : 0, type, span);
    }
    if (name == "cast" || name == "Cast" || name == "reinterpret") {
        // The type comes first or second, depending on the form.
        Values both = args;
        for (const auto& [key, value] : call.keywords) {
            if (key == "dtype") {
                both.push_back(value);
            } else if (key == "value") {
                both.insert(both.begin(), value);
            }
        }
        if (both.size() < 2) {
            fail("tile-call", span, "T." + name + "() takes a value and an element type");
        }
        const auto typed = [&](const Value& one) {
            return (dtype_of(one) && !staged(one)) || one.is<ForeignTypeValue>();
        };
        const size_t at = typed(both[0]) ? 0 : 1;
        const DType type = to_dtype(both[at], span);
        if (name != "reinterpret") {
            return to_expr(both[1 - at], type, span);
        }
        const ir::Expr value = to_expr(both[1 - at], span);
        if (ir::bits_of(value->dtype) != ir::bits_of(type)) {
            fail("tile-type", span,
                 "T.reinterpret of " + std::string(ir::name_of(value->dtype)) + " as " +
                     std::string(ir::name_of(type)) + ", which has another width");
        }
        return ir::make_reinterpret(type, value, span);
    }
    if (name == "dtype" || name == "DataType") {
        need(1);
        return args[0].is<ForeignTypeValue>() || args[0].is<OpaqueValue>() ? args[0] : Value(to_dtype(args[0], span));
    }
    if (name == "Not" || name == "logical_not") {
        need(1);
        return unary("not", args[0], span);
    }
    if (name == "And" || name == "Or" || name == "logical_and" || name == "logical_or" || name == "all_of" ||
        name == "any_of") {
        need(1);
        const bool both = name == "And" || name == "logical_and" || name == "all_of";
        ir::Expr result = to_bool(args[0], span);
        for (size_t i = 1; i < args.size(); ++i) {
            result = ir::make(both ? Op::And : Op::Or, {result, to_bool(args[i], span)}, span);
        }
        return result;
    }
    if (name == "likely" || name == "unlikely" || name == "evaluate") {
        need(1);
        return args[0];
    }
    if (name == "isfinite") {
        need(1);
        const ir::Expr x = to_float(args[0], span);
        return ir::make(Op::Not, {ir::make(Op::Or, {ir::make(Op::IsNan, {x}), ir::make(Op::IsInf, {x})})}, span);
    }
    if (name == "int_const" || name == "IntImm" || name == "FloatImm") {
        need(2);
        return to_expr(args[1], to_dtype(args[0], span), span);
    }
    return std::nullopt;
}

std::optional<Value> Evaluator::tile_builtin(const std::string& name, const Call& call) {
    if (lenient_ && build_ == nullptr &&
        std::ranges::any_of(call.positional, [](const Value& one) { return one.is<OpaqueValue>(); }) &&
        name != "Tensor") {
        return opaque("the result of T." + name + "()", call.span);
    }
    if (name == "prim_func" || name == "macro" || name == "jit" || name == "inline") {
        if (!call.positional.empty() && call.positional[0].is<FunctionValue>()) {
            return decorate(builtin(name == "jit"      ? "tilelang.jit"
                                    : name == "inline" ? "T.macro"
                                                       : "T." + name),
                            call.positional[0], call.span);
        }
        return PartialValue{std::make_shared<const Value>(builtin("T." + name)), std::make_shared<const Values>(),
                            std::make_shared<const std::vector<std::pair<std::string, Value>>>(call.keywords)};
    }
    if (std::optional<Value> value = tile_structure(name, call)) {
        return value;
    }
    if (in_block()) {
        if (std::optional<Value> value = tile_ordering(name, call)) {
            return value;
        }
    }
    if (is_hint(name)) {
        ignored("T." + name, call.span);
        return opaque("T." + name, call.span, true);
    }
    if (std::optional<Value> value = tile_operation(name, call)) {
        return value;
    }
    return tile_scalar(name, call);
}

}  // namespace tessera::tile::front
