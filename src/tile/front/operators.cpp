// Python's operators: on host values exactly as Python has them, on run-time values as expressions of the IR.
#include <algorithm>
#include <cmath>
#include <limits>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {

using ir::DType;
using ir::Op;

bool Evaluator::staged(const Value& value) {
    return value.is<ir::Expr>() || value.is<CellValue>() || value.is<ElementValue>();
}

// --- conversions ----------------------------------------------------------------------------------------------------

std::optional<DType> Evaluator::dtype_of(const Value& value) {
    if (const auto* type = value.get<DType>()) {
        return *type;
    }
    if (const auto* text = value.get<std::string>()) {
        const size_t dot = text->rfind('.');
        return ir::dtype_from_name(dot == std::string::npos ? std::string_view(*text)
                                                            : std::string_view(*text).substr(dot + 1));
    }
    if (const auto* one = value.get<BuiltinValue>()) {
        if (one->name == "builtins.float") {
            return DType::Float32;
        }
        if (one->name == "builtins.int") {
            return DType::Int32;
        }
        if (one->name == "builtins.bool") {
            return DType::Bool;
        }
    }
    return std::nullopt;
}

DType Evaluator::to_dtype(const Value& value, Span span) {
    if (const auto type = dtype_of(value)) {
        return *type;
    }
    if (const auto* foreign = value.get<ForeignTypeValue>()) {
        fail("tile-dtype", span, "the element type " + foreign->name + " has no meaning on Tensix",
             "float32, float16, bfloat16, float8_e4m3, float8_e5m2, bfp8, bfp4, bool, and integers of 8 to 64 bits "
             "have");
    }
    if (const auto* text = value.get<std::string>()) {
        fail("tile-dtype", span, "there is no element type " + repr(*text));
    }
    if (const auto* unknown = value.get<OpaqueValue>()) {
        fail("tile-unknown-value", span, "an element type is needed, and " + *unknown->what + " is not known here");
    }
    fail("tile-type", span, "an element type is needed, not " + type_name(value));
}

ir::Expr Evaluator::load(const ElementData& element, Span span) {
    std::vector<ir::Expr> indices;
    for (const Index& one : element.indices) {
        if (one.extent) {
            fail("tile-not-a-scalar", span,
                 "a part of " + element.buffer->name + " with more than one element is used as a number",
                 "index all of its " + std::to_string(element.indices.size()) + " dimensions");
        }
        indices.push_back(one.begin);
    }
    return ir::make_load(element.buffer, std::move(indices), span);
}

ir::Expr Evaluator::to_expr(const Value& value, Span span) {
    if (const auto* expr = value.get<ir::Expr>()) {
        return *expr;
    }
    if (const bool* b = value.get<bool>()) {
        return ir::make_bool(*b, span);
    }
    if (const int64_t* i = value.get<int64_t>()) {
        const bool narrow = *i >= std::numeric_limits<int32_t>::min() && *i <= std::numeric_limits<int32_t>::max();
        return ir::make_int(*i, narrow ? DType::Int32 : DType::Int64, span);
    }
    if (const double* d = value.get<double>()) {
        return ir::make_float(*d, DType::Float32, span);
    }
    if (const auto* cell = value.get<CellValue>()) {
        return ir::make_load(cell->buffer, cell->indices, span);
    }
    if (const auto* element = value.get<ElementValue>()) {
        return load(*element->data, span);
    }
    if (const auto* buffer = value.get<ir::Buffer>()) {
        fail("tile-not-a-scalar", span, "the buffer " + (*buffer)->name + " is used as a number",
             "T.Parallel goes over its elements");
    }
    if (const auto* unknown = value.get<OpaqueValue>()) {
        fail("tile-unknown-value", span, *unknown->what + " is used in a kernel, and is not known here",
             "only tilelang, math, itertools and functools are known");
    }
    fail("tile-type", span, "a number is needed, not " + type_name(value));
}

ir::Expr Evaluator::to_expr(const Value& value, DType dtype, Span span) {
    if (const int64_t* i = value.get<int64_t>()) {
        if (ir::is_float(dtype)) {
            return ir::make_float(static_cast<double>(*i), dtype, span);
        }
        return dtype == DType::Bool ? ir::make_bool(*i != 0, span) : ir::make_int(*i, dtype, span);
    }
    if (const double* d = value.get<double>(); d != nullptr && ir::is_float(dtype)) {
        return ir::make_float(*d, dtype, span);
    }
    const ir::Expr expr = to_expr(value, span);
    return expr->dtype == dtype ? expr : ir::make_cast(dtype, expr, span);
}

ir::Expr Evaluator::to_bool(const Value& value, Span span) {
    if (!staged(value)) {
        return ir::make_bool(decide(value, span), span);
    }
    ir::Expr expr = to_expr(value, span);
    if (expr->dtype == DType::Bool) {
        return expr;
    }
    const ir::Expr zero =
        ir::is_float(expr->dtype) ? ir::make_float(0, expr->dtype, span) : ir::make_int(0, expr->dtype, span);
    return ir::make(Op::Ne, {expr, zero}, span);
}

ir::Expr Evaluator::to_float(const Value& value, Span span) {
    const ir::Expr expr = to_expr(value, span);
    return ir::is_float(expr->dtype) ? expr : ir::make_cast(DType::Float32, expr, span);
}

ir::Expr Evaluator::to_index(const Value& value, Span span, std::string_view what) {
    const ir::Expr expr = to_expr(value, span);
    if (!ir::is_int(expr->dtype)) {
        fail("tile-type", span, std::string(what) + " is an integer, not " + type_name(value));
    }
    return expr;
}

int64_t Evaluator::to_int(const Value& value, Span span, std::string_view what) {
    if (const int64_t* i = value.get<int64_t>()) {
        return *i;
    }
    if (const bool* b = value.get<bool>()) {
        return *b ? 1 : 0;
    }
    if (const auto* expr = value.get<ir::Expr>()) {
        if (const auto known = ir::constant(*expr)) {
            return *known;
        }
    }
    if (staged(value)) {
        fail("tile-run-time-value", span,
             std::string(what) + " has to be known while compiling, and this is known at run time only");
    }
    if (const auto* unknown = value.get<OpaqueValue>()) {
        fail("tile-unknown-value", span,
             std::string(what) + " is an integer, and " + *unknown->what + " is not known here");
    }
    fail("tile-type", span, std::string(what) + " is an integer, not " + type_name(value));
}

bool Evaluator::to_flag(const Value& value, Span span, std::string_view what) {
    if (staged(value) && !truth(value)) {
        fail("tile-run-time-value", span,
             std::string(what) + " has to be known while compiling, and this is known at run time only");
    }
    return decide(value, span);
}

std::pair<ir::Expr, ir::Expr> Evaluator::same_type(const Value& left, const Value& right, Span span) {
    const auto number = [](const Value& value) { return value.is<int64_t>(); };
    if (number(left) && !number(right)) {
        const ir::Expr b = to_expr(right, span);
        if (b->dtype != DType::Bool) {
            return {to_expr(left, b->dtype, span), b};
        }
    }
    if (number(right) && !number(left)) {
        const ir::Expr a = to_expr(left, span);
        if (a->dtype != DType::Bool) {
            return {a, to_expr(right, a->dtype, span)};
        }
    }
    const ir::Expr a = to_expr(left, span);
    const ir::Expr b = to_expr(right, span);
    if (a->dtype == b->dtype) {
        return {a, b};
    }
    DType type = DType::Float32;
    if (ir::is_float(a->dtype) != ir::is_float(b->dtype)) {
        type = ir::is_float(a->dtype) ? a->dtype : b->dtype;
    } else if (ir::bits_of(a->dtype) != ir::bits_of(b->dtype)) {
        type = ir::bits_of(a->dtype) > ir::bits_of(b->dtype) ? a->dtype : b->dtype;
        if (type == DType::Bool) {
            type = a->dtype == DType::Bool ? b->dtype : a->dtype;
        }
    } else if (!ir::is_float(a->dtype)) {
        // Of one width: signed wins over unsigned, both over bool.
        const auto rank = [](DType one) { return one == DType::Bool ? 0 : ir::is_signed(one) ? 2 : 1; };
        type = rank(a->dtype) > rank(b->dtype) ? a->dtype : b->dtype;
    }
    return {ir::make_cast(type, a, span), ir::make_cast(type, b, span)};
}

// --- operators ------------------------------------------------------------------------------------------------------

Value Evaluator::unary(std::string_view op, const Value& operand, Span span) {
    if (const auto* tensor = operand.get<TensorValue>(); tensor != nullptr && op != "not") {
        return tensor_unary(op, *tensor);
    }
    if (lenient_ && (operand.is<OpaqueValue>() || (operand.is<TensorValue>() && !truth(operand)))) {
        return operand;
    }
    if (op == "not") {
        if (staged(operand) && !truth(operand)) {
            return ir::make(Op::Not, {to_bool(operand, span)}, span);
        }
        return !decide(operand, span);
    }
    if (staged(operand)) {
        ir::Expr expr = to_expr(operand, span);
        if (op == "+") {
            return expr;
        }
        if (op == "~") {
            if (expr->dtype == DType::Bool) {
                return ir::make(Op::Not, {expr}, span);
            }
            if (!ir::is_int(expr->dtype)) {
                fail("tile-type", span, "~ is for integers, not for " + type_name(operand));
            }
            return ir::make(Op::BitNot, {expr}, span);
        }
        const ir::Expr number = expr->dtype == DType::Bool ? ir::make_cast(DType::Int32, expr, span) : expr;
        return ir::make(Op::Neg, {number}, span);
    }
    if (const double* d = operand.get<double>(); d != nullptr && op != "~") {
        return op == "-" ? -*d : *d;
    }
    if (operand.is<int64_t>() || operand.is<bool>()) {
        const int64_t i = to_int(operand, span, "an operand");
        if (op == "-" && i == std::numeric_limits<int64_t>::min()) {
            fail("tile-integer", span, "the result does not fit 64 bits");
        }
        return op == "-" ? -i : op == "~" ? ~i : i;
    }
    if (operand.is<OpaqueValue>()) {
        fail("tile-unknown-value", span, type_name(operand) + " is not known here");
    }
    fail("tile-type", span, std::string(op) + " has no meaning for " + type_name(operand));
}

Value Evaluator::binary(std::string_view op, const Value& left, const Value& right, Span span) {
    const auto vague = [](const Value& value) { return value.is<OpaqueValue>() || value.is<TensorValue>(); };
    if (lenient_ && (vague(left) || vague(right))) {
        return left.is<TensorValue>() || right.is<TensorValue>() ? tensor_binary(op, left, right, span)
                                                                 : opaque("a computed value", span);
    }
    for (const Value* side : {&left, &right}) {
        if (const auto* unknown = side->get<OpaqueValue>()) {
            fail("tile-unknown-value", span, *unknown->what + " is used in a computation, and is not known here");
        }
        if (const auto* buffer = side->get<ir::Buffer>()) {
            fail("tile-not-a-scalar", span, "the buffer " + (*buffer)->name + " is used as a number",
                 "T.Parallel goes over its elements");
        }
    }
    if (staged(left) || staged(right)) {
        return ir_binary(op, left, right, span);
    }
    return host_binary(op, left, right, span);
}

Value Evaluator::ir_binary(std::string_view op, const Value& left, const Value& right, Span span) {
    if (op == "@") {
        fail("tile-unsupported", span, "@ has no meaning in a kernel", "T.gemm multiplies matrices");
    }
    if (op == "**") {
        if (const int64_t* power = right.get<int64_t>(); power != nullptr && *power >= 1 && *power <= 4) {
            const ir::Expr base = to_expr(left, span);
            ir::Expr product = base;
            for (int64_t i = 1; i < *power; ++i) {
                product = ir::make(Op::Mul, {product, base}, span);
            }
            return product;
        }
        const auto [a, b] = same_type(left, right, span);
        return ir::make(Op::Pow,
                        {ir::is_float(a->dtype) ? a : ir::make_cast(DType::Float32, a, span),
                         ir::is_float(b->dtype) ? b : ir::make_cast(DType::Float32, b, span)},
                        span);
    }
    auto [a, b] = same_type(left, right, span);
    if (op == "&" || op == "|" || op == "^") {
        if (a->dtype == DType::Bool && op != "^") {
            return ir::make(op == "&" ? Op::And : Op::Or, {a, b}, span);
        }
        if (a->dtype == DType::Bool) {
            return ir::make(Op::Ne, {a, b}, span);
        }
    }
    if (op == "<<" || op == ">>" || op == "&" || op == "|" || op == "^") {
        if (!ir::is_int(a->dtype)) {
            fail("tile-type", span,
                 std::string(op) + " is for integers, not for " + type_name(left) + " and " + type_name(right));
        }
        return ir::make(op == "<<"   ? Op::Shl
                        : op == ">>" ? Op::Shr
                        : op == "&"  ? Op::BitAnd
                        : op == "|"  ? Op::BitOr
                                     : Op::BitXor,
                        {a, b}, span);
    }
    if (a->dtype == DType::Bool) {
        a = ir::make_cast(DType::Int32, a, span);
        b = ir::make_cast(DType::Int32, b, span);
    }
    if (op == "/" && !ir::is_float(a->dtype)) {
        a = ir::make_cast(DType::Float32, a, span);
        b = ir::make_cast(DType::Float32, b, span);
    }
    if ((op == "//" || op == "%") && ir::constant(b) == 0) {
        fail("tile-division", span, "a division by zero");
    }
    return ir::make(op == "+"    ? Op::Add
                    : op == "-"  ? Op::Sub
                    : op == "*"  ? Op::Mul
                    : op == "/"  ? Op::Div
                    : op == "//" ? Op::FloorDiv
                                 : Op::FloorMod,
                    {a, b}, span);
}

namespace {

std::optional<int64_t> integer(const Value& value) {
    if (const bool* b = value.get<bool>()) {
        return *b ? 1 : 0;
    }
    if (const int64_t* i = value.get<int64_t>()) {
        return *i;
    }
    return std::nullopt;
}

std::optional<double> real(const Value& value) {
    if (const auto i = integer(value)) {
        return static_cast<double>(*i);
    }
    if (const double* d = value.get<double>()) {
        return *d;
    }
    return std::nullopt;
}

int64_t floor_divide(int64_t a, int64_t b) {
    const int64_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/// Nothing: the result does not fit.
std::optional<int64_t> integers(std::string_view op, int64_t a, int64_t b) {
    int64_t result = 0;
    if (op == "+") {
        return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    }
    if (op == "-") {
        return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    }
    if (op == "*") {
        return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    }
    if (op == "//") {
        return b == -1 && a == std::numeric_limits<int64_t>::min() ? std::nullopt : std::optional(floor_divide(a, b));
    }
    if (op == "%") {
        return b == -1 ? 0 : a - floor_divide(a, b) * b;
    }
    if (op == "&") {
        return a & b;
    }
    if (op == "|") {
        return a | b;
    }
    if (op == "^") {
        return a ^ b;
    }
    if (op == "<<") {
        return b > 62 || __builtin_mul_overflow(a, int64_t{1} << b, &result) ? std::nullopt : std::optional(result);
    }
    if (op == ">>") {
        return a >> std::min<int64_t>(b, 63);
    }
    // Powers with an exponent from 0.
    result = 1;
    for (int64_t i = 0; i < b; ++i) {
        if (a == 0 || a == 1 || a == -1) {
            return a == -1 ? (b % 2 == 0 ? 1 : -1) : a;
        }
        if (__builtin_mul_overflow(result, a, &result)) {
            return std::nullopt;
        }
    }
    return result;
}

double python_mod(double a, double b) {
    const double rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

}  // namespace

Value Evaluator::host_binary(std::string_view op, const Value& left, const Value& right, Span span) {
    const auto ia = integer(left);
    const auto ib = integer(right);
    const auto na = real(left);
    const auto nb = real(right);
    if ((op == "/" || op == "//" || op == "%") && na && nb && *nb == 0) {
        fail("tile-division", span, "a division by zero");
    }
    if (ia && ib && op != "/" && op != "@" && !(op == "**" && *ib < 0)) {
        if ((op == "<<" || op == ">>") && *ib < 0) {
            fail("tile-integer", span, "a shift by a negative count");
        }
        if (left.is<bool>() && right.is<bool>() && (op == "&" || op == "|" || op == "^")) {
            return integers(op, *ia, *ib) != 0;
        }
        const auto result = integers(op, *ia, *ib);
        if (!result) {
            fail("tile-integer", span, "the result does not fit 64 bits");
        }
        return *result;
    }
    if (na && nb) {
        if (op == "+") {
            return *na + *nb;
        }
        if (op == "-") {
            return *na - *nb;
        }
        if (op == "*") {
            return *na * *nb;
        }
        if (op == "/") {
            return *na / *nb;
        }
        if (op == "//") {
            return std::round((*na - python_mod(*na, *nb)) / *nb);
        }
        if (op == "%") {
            return python_mod(*na, *nb);
        }
        if (op == "**") {
            return std::pow(*na, *nb);
        }
    }
    // An element type is a string too, upstream.
    if (left.is<ir::DType>() && right.is<std::string>()) {
        return host_binary(op, std::string(ir::name_of(*left.get<ir::DType>())), right, span);
    }
    if (right.is<ir::DType>() && left.is<std::string>() && op == "+") {
        return host_binary(op, left, std::string(ir::name_of(*right.get<ir::DType>())), span);
    }
    const auto* text = left.get<std::string>();
    const auto* other = right.get<std::string>();
    if (op == "+" && text != nullptr && other != nullptr) {
        return *text + *other;
    }
    if (op == "%" && text != nullptr) {
        return *text;
    }
    const auto repeated = [&](const Value& what, int64_t count) -> Value {
        if (const auto* letters = what.get<std::string>()) {
            std::string out;
            for (int64_t i = 0; i < count; ++i) {
                out += *letters;
            }
            return out;
        }
        Values out;
        for (int64_t i = 0; i < count; ++i) {
            out.insert(out.end(), items_of(what)->begin(), items_of(what)->end());
        }
        return what.is<TupleValue>() ? tuple(std::move(out)) : list(std::move(out));
    };
    const auto sequence = [](const Value& value) {
        return value.is<std::string>() || value.is<ListValue>() || value.is<TupleValue>();
    };
    if (op == "*" && ((sequence(left) && ib) || (sequence(right) && ia))) {
        const int64_t count = ib ? *ib : *ia;
        if (count > 1'000'000) {
            fail("tile-too-long", span, "this repetition is too long to be followed while compiling");
        }
        return repeated(ib ? left : right, count);
    }
    if (op == "+" &&
        ((left.is<ListValue>() && right.is<ListValue>()) || (left.is<TupleValue>() && right.is<TupleValue>()))) {
        Values items = *items_of(left);
        items.insert(items.end(), items_of(right)->begin(), items_of(right)->end());
        return left.is<TupleValue>() ? tuple(std::move(items)) : list(std::move(items));
    }
    if (op == "|" && left.is<DictValue>() && right.is<DictValue>()) {
        const Value joined = dict(*left.get<DictValue>()->items);
        for (const auto& [key, value] : *right.get<DictValue>()->items) {
            insert(*joined.get<DictValue>(), key, value);
        }
        return joined;
    }
    if ((op == "|" || op == "&" || op == "-") && left.is<SetValue>() && right.is<SetValue>()) {
        SetValue result{std::make_shared<Values>()};
        const auto in = [](const Value& one, const Values& many) {
            return std::ranges::any_of(many, [&](const Value& item) { return equal(item, one); });
        };
        for (const Value& one : *items_of(left)) {
            if (op == "|" || in(one, *items_of(right)) == (op == "&")) {
                result.items->push_back(one);
            }
        }
        for (const Value& one : *items_of(right)) {
            if (op == "|" && !in(one, *items_of(left))) {
                result.items->push_back(one);
            }
        }
        return result;
    }
    fail("tile-type", span, std::string(op) + " has no meaning for " + type_name(left) + " and " + type_name(right));
}

Value Evaluator::compare(std::string_view op, const Value& left, const Value& right, Span span) {
    if (op == "is" || op == "is not") {
        bool same = false;
        if (left.is<NoneValue>() || right.is<NoneValue>() || left.is<bool>() || right.is<bool>()) {
            same = left.held().index() == right.held().index() && equal(left, right);
            if (lenient_ && left.is<OpaqueValue>()) {
                return opaque("a condition", span);
            }
        } else {
            same = equal(left, right);
        }
        return same == (op == "is");
    }
    if (lenient_ && (left.is<OpaqueValue>() || right.is<OpaqueValue>())) {
        return opaque("a condition", span);
    }
    if ((left.is<TensorValue>() || right.is<TensorValue>()) && op != "in" && op != "not in" && !left.is<NoneValue>() &&
        !right.is<NoneValue>()) {
        return tensor_binary(op, left, right, span);
    }
    if (op == "in" || op == "not in") {
        bool found = false;
        if (const auto* text = right.get<std::string>(); text != nullptr && left.is<std::string>()) {
            found = text->find(*left.get<std::string>()) != std::string::npos;
        } else if (const auto* type = right.get<ir::DType>(); type != nullptr && left.is<std::string>()) {
            found = ir::name_of(*type).find(*left.get<std::string>()) != std::string_view::npos;
        } else {
            if (staged(left)) {
                fail("tile-unsupported", span, "\"in\" has no meaning for a value that is known at run time only");
            }
            const Values items = iterate(right, span);
            found = std::ranges::any_of(items, [&](const Value& one) { return equal(one, left); });
        }
        return found == (op == "in");
    }
    if ((staged(left) || staged(right)) && !left.is<NoneValue>() && !right.is<NoneValue>() && !left.is<std::string>() &&
        !right.is<std::string>()) {
        const auto [a, b] = same_type(left, right, span);
        const Op kind = op == "=="   ? Op::Eq
                        : op == "!=" ? Op::Ne
                        : op == "<"  ? Op::Lt
                        : op == "<=" ? Op::Le
                        : op == ">"  ? Op::Gt
                                     : Op::Ge;
        return ir::make(kind, {a, b}, span);
    }
    if (op == "==" || op == "!=") {
        if (left.is<OpaqueValue>() || right.is<OpaqueValue>()) {
            const Value& unknown = left.is<OpaqueValue>() ? left : right;
            fail("tile-unknown-value", span, type_name(unknown) + " is compared, and is not known here");
        }
        return equal(left, right) == (op == "==");
    }
    const auto order = [&](int sign) {
        return op == "<" ? sign < 0 : op == "<=" ? sign <= 0 : op == ">" ? sign > 0 : sign >= 0;
    };
    const auto na = real(left);
    const auto nb = real(right);
    if (na && nb) {
        const auto ia = integer(left);
        const auto ib = integer(right);
        if (ia && ib) {
            return order(*ia < *ib ? -1 : *ia > *ib ? 1 : 0);
        }
        return op == "<" ? *na < *nb : op == "<=" ? *na <= *nb : op == ">" ? *na > *nb : *na >= *nb;
    }
    if (left.is<std::string>() && right.is<std::string>()) {
        return order(left.get<std::string>()->compare(*right.get<std::string>()));
    }
    const Values* a = items_of(left);
    const Values* b = items_of(right);
    if (a != nullptr && b != nullptr && left.held().index() == right.held().index()) {
        for (size_t i = 0; i < std::min(a->size(), b->size()); ++i) {
            if (!equal((*a)[i], (*b)[i])) {
                return compare(op, (*a)[i], (*b)[i], span);
            }
        }
        return order(a->size() < b->size() ? -1 : a->size() > b->size() ? 1 : 0);
    }
    if (left.is<OpaqueValue>() || right.is<OpaqueValue>()) {
        const Value& unknown = left.is<OpaqueValue>() ? left : right;
        fail("tile-unknown-value", span, type_name(unknown) + " is compared, and is not known here");
    }
    fail("tile-type", span, std::string(op) + " has no meaning for " + type_name(left) + " and " + type_name(right));
}

}  // namespace tessera::tile::front
