// Python's own functions and methods.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {
namespace {

std::optional<double> number(const Value& value) {
    if (const bool* b = value.get<bool>()) {
        return *b ? 1 : 0;
    }
    if (const int64_t* i = value.get<int64_t>()) {
        return static_cast<double>(*i);
    }
    if (const double* d = value.get<double>()) {
        return *d;
    }
    return std::nullopt;
}

bool vague(const Value& value) {
    const auto* tensor = value.get<TensorValue>();
    return value.is<OpaqueValue>() || (tensor != nullptr && !numbers_of(*tensor->data));
}

/// A tensor of one known element as a number; anything else as it is.
Value scalar_of(const Value& value, Span span) {
    const auto* tensor = value.get<TensorValue>();
    if (tensor == nullptr || tensor->data->shape.size() > 1) {
        return value;
    }
    Call call;
    call.span = span;
    const auto item = tensor_method(*tensor, "item", call);
    return item && !item->is<OpaqueValue>() ? *item : value;
}

std::string trimmed(const std::string& text) {
    const size_t first = text.find_first_not_of(" \t\n\r");
    if (first == std::string::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\n\r") + 1 - first);
}

}  // namespace

std::string Evaluator::format(const Value& value, const std::string& spec, Span span) {
    if (spec.empty()) {
        return str(value);
    }
    try {
        if (const int64_t* i = value.get<int64_t>()) {
            return fmt::format(fmt::runtime("{:" + spec + "}"), *i);
        }
        if (const double* d = value.get<double>()) {
            return fmt::format(fmt::runtime("{:" + spec + "}"), *d);
        }
        return fmt::format(fmt::runtime("{:" + spec + "}"), str(value));
    } catch (const fmt::format_error&) {
        if (lenient_) {
            return str(value);
        }
        fail("tile-format", span, "\"" + spec + "\" is no format of " + type_name(value));
    }
}

std::optional<Value> Evaluator::python_builtin(const std::string& name, const Call& call) {
    const Span span = call.span;
    Values args = call.positional;
    if (name != "isinstance" && name != "print" && name != "type" && name != "hasattr" && name != "getattr" &&
        name != "len" && name != "list" && name != "tuple") {
        for (Value& one : args) {
            one = scalar_of(one, span);
        }
    }
    const auto need = [&](size_t least, size_t most) {
        if (args.size() < least || args.size() > most) {
            fail("tile-call", span,
                 name + "() takes " + std::to_string(least) + (most == least ? "" : " to " + std::to_string(most)) +
                     " arguments, not " + std::to_string(args.size()));
        }
    };
    const auto keyword = [&](std::string_view key) -> const Value* {
        for (const auto& [one, value] : call.keywords) {
            if (one == key) {
                return &value;
            }
        }
        return nullptr;
    };
    if (lenient_ && !args.empty() && vague(args[0]) && name != "isinstance" && name != "print" && name != "type" &&
        name != "hasattr" && name != "getattr" && name != "len") {
        return opaque("the result of " + name + "()", span);
    }
    if (name == "len") {
        need(1, 1);
        if (const auto* buffer = args[0].get<ir::Buffer>(); buffer != nullptr && !(*buffer)->shape.empty()) {
            const auto known = ir::constant((*buffer)->shape[0]);
            return known ? Value(*known) : Value((*buffer)->shape[0]);
        }
        if (const auto* tensor = args[0].get<TensorValue>()) {
            return tensor->data->shape.empty() ? opaque("a length", span) : tensor->data->shape[0];
        }
        if (lenient_ && vague(args[0])) {
            return opaque("a length", span);
        }
        return static_cast<int64_t>(iterate(args[0], span).size());
    }
    if (name == "range") {
        need(1, 3);
        if (std::ranges::any_of(args, [&](const Value& one) { return staged(one) && !truth(one); })) {
            LoopData loop;
            loop.begin = args.size() == 1 ? ir::make_int(0) : to_index(args[0], span, "a bound of range()");
            loop.end = to_index(args[args.size() == 1 ? 0 : 1], span, "a bound of range()");
            loop.step = args.size() == 3 ? to_index(args[2], span, "the step of range()") : ir::make_int(1);
            loop.span = span;
            return LoopValue{std::make_shared<const LoopData>(std::move(loop))};
        }
        RangeValue range;
        range.begin = args.size() == 1 ? 0 : to_int(args[0], span, "a bound of range()");
        range.end = to_int(args[args.size() == 1 ? 0 : 1], span, "a bound of range()");
        range.step = args.size() == 3 ? to_int(args[2], span, "the step of range()") : 1;
        if (range.step == 0) {
            fail("tile-loop-step", span, "the step of range() is 0");
        }
        return range;
    }
    if (name == "min" || name == "max") {
        Values items = args;
        if (args.size() == 1) {
            items = iterate(args[0], span);
        }
        if (items.empty()) {
            if (const Value* fallback = keyword("default")) {
                return *fallback;
            }
            fail("tile-call", span, name + "() of nothing");
        }
        const Value* key = keyword("key");
        Value best = items[0];
        const auto measure = [&](const Value& one) {
            if (key == nullptr) {
                return one;
            }
            Call inner;
            inner.positional = {one};
            inner.places = {span};
            inner.span = span;
            return call_value(*key, inner);
        };
        for (size_t i = 1; i < items.size(); ++i) {
            if (staged(items[i]) || staged(best)) {
                const auto [a, b] = same_type(best, items[i], span);
                best = ir::make(name == "min" ? ir::Op::Min : ir::Op::Max, {a, b}, span);
                continue;
            }
            if (vague(items[i]) || vague(best)) {
                return opaque("the result of " + name + "()", span);
            }
            const Value less = compare(name == "min" ? "<" : ">", measure(items[i]), measure(best), span);
            if (truth(less) == true) {
                best = items[i];
            }
        }
        return best;
    }
    if (name == "sum") {
        need(1, 2);
        Value total = args.size() == 2 ? args[1] : Value(int64_t{0});
        if (const Value* start = keyword("start")) {
            total = *start;
        }
        for (const Value& one : iterate(args[0], span)) {
            total = binary("+", total, one, span);
        }
        return total;
    }
    if (name == "abs") {
        need(1, 1);
        if (staged(args[0])) {
            return ir::make(ir::Op::Abs, {to_expr(args[0], span)}, span);
        }
        if (const double* d = args[0].get<double>()) {
            return std::fabs(*d);
        }
        const int64_t i = to_int(args[0], span, "the argument of abs()");
        return i < 0 ? -i : i;
    }
    if (name == "int") {
        need(0, 2);
        if (args.empty()) {
            return int64_t{0};
        }
        if (staged(args[0])) {
            return to_expr(args[0], ir::DType::Int32, span);
        }
        if (const double* d = args[0].get<double>()) {
            if (!std::isfinite(*d) || std::fabs(*d) >= 9.2e18) {
                fail("tile-integer", span, "int() of " + repr(args[0]));
            }
            return static_cast<int64_t>(*d);
        }
        if (const auto* text = args[0].get<std::string>()) {
            char* stop = nullptr;
            const std::string digits = trimmed(*text);
            const int64_t value = std::strtoll(
                digits.c_str(), &stop, args.size() == 2 ? static_cast<int>(to_int(args[1], span, "a base")) : 10);
            if (digits.empty() || *stop != '\0') {
                fail("tile-type", span, "int() of " + repr(args[0]));
            }
            return value;
        }
        return to_int(args[0], span, "the argument of int()");
    }
    if (name == "float") {
        need(0, 1);
        if (args.empty()) {
            return 0.0;
        }
        if (staged(args[0])) {
            return to_expr(args[0], ir::DType::Float32, span);
        }
        if (const auto* text = args[0].get<std::string>()) {
            char* stop = nullptr;
            const std::string digits = trimmed(*text);
            const double value = std::strtod(digits.c_str(), &stop);
            if (digits.empty() || *stop != '\0') {
                fail("tile-type", span, "float() of " + repr(args[0]));
            }
            return value;
        }
        if (const auto value = number(args[0])) {
            return *value;
        }
        fail("tile-type", span, "float() of " + type_name(args[0]));
    }
    if (name == "bool") {
        need(0, 1);
        return args.empty()      ? Value(false)
               : staged(args[0]) ? Value(to_bool(args[0], span))
                                 : Value(decide(args[0], span));
    }
    if (name == "str" || name == "repr") {
        need(0, 1);
        return args.empty() ? std::string() : name == "str" ? str(args[0]) : repr(args[0]);
    }
    if (name == "list" || name == "tuple") {
        need(0, 1);
        Values items = args.empty() ? Values() : iterate(args[0], span);
        return name == "list" ? list(std::move(items)) : tuple(std::move(items));
    }
    if (name == "set" || name == "frozenset") {
        need(0, 1);
        SetValue set{std::make_shared<Values>()};
        for (const Value& one : args.empty() ? Values() : iterate(args[0], span)) {
            if (std::ranges::none_of(*set.items, [&](const Value& other) { return equal(one, other); })) {
                set.items->push_back(one);
            }
        }
        return set;
    }
    if (name == "dict") {
        need(0, 1);
        Value made = dict();
        const auto& entries = *made.get<DictValue>();
        if (!args.empty()) {
            if (const auto* other = args[0].get<DictValue>()) {
                *entries.items = *other->items;
            } else {
                for (const Value& pair : iterate(args[0], span)) {
                    const Values parts = iterate(pair, span);
                    if (parts.size() != 2) {
                        fail("tile-unpack", span, "dict() takes pairs");
                    }
                    insert(entries, parts[0], parts[1]);
                }
            }
        }
        for (const auto& [key, value] : call.keywords) {
            insert(entries, key, value);
        }
        return made;
    }
    if (name == "zip") {
        std::vector<Values> columns;
        for (const Value& one : args) {
            columns.push_back(iterate(one, span));
        }
        Values rows;
        for (size_t i = 0;
             !columns.empty() && std::ranges::all_of(columns, [&](const Values& c) { return i < c.size(); }); ++i) {
            Values row;
            for (const Values& column : columns) {
                row.push_back(column[i]);
            }
            rows.push_back(tuple(std::move(row)));
        }
        return list(std::move(rows));
    }
    if (name == "enumerate") {
        need(1, 2);
        const Value* start = keyword("start");
        int64_t at = args.size() == 2   ? to_int(args[1], span, "a start")
                     : start != nullptr ? to_int(*start, span, "a start")
                                        : 0;
        Values rows;
        for (const Value& one : iterate(args[0], span)) {
            rows.push_back(tuple({at++, one}));
        }
        return list(std::move(rows));
    }
    if (name == "map" || name == "filter") {
        need(2, 2);
        Values out;
        for (const Value& one : iterate(args[1], span)) {
            Call inner;
            inner.positional = {one};
            inner.places = {span};
            inner.span = span;
            const Value value = args[0].is<NoneValue>() ? one : call_value(args[0], inner);
            if (name == "map") {
                out.push_back(value);
            } else if (decide(value, span)) {
                out.push_back(one);
            }
        }
        return list(std::move(out));
    }
    if (name == "reversed") {
        need(1, 1);
        Values items = iterate(args[0], span);
        std::ranges::reverse(items);
        return list(std::move(items));
    }
    if (name == "sorted") {
        need(1, 1);
        Values items = iterate(args[0], span);
        const Value* key = keyword("key");
        const Value* reverse = keyword("reverse");
        std::vector<std::pair<Value, Value>> keyed;
        for (const Value& one : items) {
            Call inner;
            inner.positional = {one};
            inner.places = {span};
            inner.span = span;
            keyed.emplace_back(key == nullptr ? one : call_value(*key, inner), one);
        }
        // Insertion: stable, and safe whatever a comparison says.
        for (size_t i = 1; i < keyed.size(); ++i) {
            for (size_t j = i; j > 0 && truth(compare("<", keyed[j].first, keyed[j - 1].first, span)) == true; --j) {
                std::swap(keyed[j], keyed[j - 1]);
            }
        }
        items.clear();
        for (auto& [unused, one] : keyed) {
            items.push_back(one);
        }
        if (reverse != nullptr && decide(*reverse, span)) {
            std::ranges::reverse(items);
        }
        return list(std::move(items));
    }
    if (name == "any" || name == "all") {
        need(1, 1);
        for (const Value& one : iterate(args[0], span)) {
            if (decide(one, span) == (name == "any")) {
                return name == "any";
            }
        }
        return name == "all";
    }
    if (name == "round") {
        need(1, 2);
        if (const double* d = args[0].get<double>()) {
            if (args.size() == 1) {
                return static_cast<int64_t>(std::nearbyint(*d));
            }
            const double scale = std::pow(10.0, static_cast<double>(to_int(args[1], span, "a count of digits")));
            return std::nearbyint(*d * scale) / scale;
        }
        return staged(args[0]) ? Value(ir::make(ir::Op::Round, {to_float(args[0], span)}, span)) : args[0];
    }
    if (name == "pow") {
        need(2, 2);
        return binary("**", args[0], args[1], span);
    }
    if (name == "divmod") {
        need(2, 2);
        return tuple({binary("//", args[0], args[1], span), binary("%", args[0], args[1], span)});
    }
    if (name == "isinstance") {
        need(2, 2);
        const auto fits = [&](const Value& type) -> std::optional<bool> {
            const auto* one = type.get<BuiltinValue>();
            if (const auto* outer = type.get<OpaqueValue>()) {
                return args[0].is<TensorValue>() && outer->what->ends_with("Tensor") ? std::optional(true)
                                                                                     : std::nullopt;
            }
            if (one == nullptr) {
                return std::nullopt;
            }
            if (one->name == "builtins.int") {
                return args[0].is<int64_t>() || args[0].is<bool>();
            }
            if (one->name == "builtins.float") {
                return args[0].is<double>();
            }
            if (one->name == "builtins.bool") {
                return args[0].is<bool>();
            }
            if (one->name == "builtins.str") {
                return args[0].is<std::string>();
            }
            if (one->name == "builtins.list") {
                return args[0].is<ListValue>();
            }
            if (one->name == "builtins.tuple") {
                return args[0].is<TupleValue>();
            }
            if (one->name == "builtins.dict") {
                return args[0].is<DictValue>();
            }
            return std::nullopt;
        };
        if (args[0].is<OpaqueValue>()) {
            return opaque("a condition", span);
        }
        const Values types = args[1].is<TupleValue>() ? *items_of(args[1]) : Values{args[1]};
        bool unknown = false;
        for (const Value& type : types) {
            const auto one = fits(type);
            if (one == true) {
                return true;
            }
            unknown = unknown || !one;
        }
        return unknown && !is_host(args[0]) ? opaque("a condition", span) : Value(false);
    }
    if (name == "hasattr") {
        need(2, 2);
        return vague(args[0]) ? opaque("a condition", span) : Value(false);
    }
    if (name == "getattr") {
        need(2, 3);
        return attribute(args[0], str(args[1]), span);
    }
    if (name == "print") {
        return none();
    }
    if (name == "exit" || name == "quit") {
        fail("tile-raise", span, "the script ends here, with " + name + "()");
    }
    if (name == "type") {
        need(1, 3);
        const Value& one = args[0];
        const std::string kind = one.is<int64_t>()       ? "int"
                                 : one.is<double>()      ? "float"
                                 : one.is<bool>()        ? "bool"
                                 : one.is<std::string>() ? "str"
                                 : one.is<ListValue>()   ? "list"
                                 : one.is<TupleValue>()  ? "tuple"
                                                         : "";
        return kind.empty() ? opaque("a type", span) : builtin("builtins." + kind);
    }
    if (name == "slice") {
        need(1, 3);
        std::array<Value, 3> bounds{none(), none(), none()};
        for (size_t i = 0; i < args.size(); ++i) {
            bounds[args.size() == 1 ? 1 : i] = args[i];
        }
        return SliceValue{std::make_shared<const std::array<Value, 3>>(std::move(bounds))};
    }
    return std::nullopt;
}

std::optional<Value> Evaluator::math_builtin(const std::string& name, const Call& call) {
    Values args = call.positional;
    for (Value& one : args) {
        one = scalar_of(one, call.span);
    }
    if (args.empty()) {
        fail("tile-call", call.span, "math." + name + "() needs an argument");
    }
    if (std::ranges::any_of(args, staged)) {
        return tile_scalar(name == "fabs" ? "abs" : name, call);
    }
    const auto x = number(args[0]);
    if (name == "prod") {
        Value product = int64_t{1};
        for (const Value& one : iterate(args[0], call.span)) {
            product = binary("*", product, one, call.span);
        }
        return product;
    }
    if (!x) {
        if (vague(args[0])) {
            return opaque("the result of math." + name + "()", call.span);
        }
        fail("tile-type", call.span, "math." + name + "() takes a number, not " + type_name(args[0]));
    }
    const auto whole = [&](double value) -> Value {
        if (!std::isfinite(value) || std::fabs(value) >= 9.2e18) {
            fail("tile-integer", call.span, "math." + name + "() of " + repr(args[0]));
        }
        return static_cast<int64_t>(value);
    };
    const auto domain = [&](bool fits) {
        if (!fits) {
            fail("tile-math", call.span, "math." + name + "() of " + repr(args[0]));
        }
    };
    if (name == "ceil") {
        return args[0].is<int64_t>() ? args[0] : whole(std::ceil(*x));
    }
    if (name == "floor" || name == "trunc") {
        return args[0].is<int64_t>() ? args[0] : whole(name == "floor" ? std::floor(*x) : std::trunc(*x));
    }
    if (name == "sqrt") {
        domain(*x >= 0);
        return std::sqrt(*x);
    }
    if (name == "isqrt") {
        domain(*x >= 0);
        return static_cast<int64_t>(std::sqrt(*x));
    }
    if (name == "log" || name == "log2" || name == "log10") {
        domain(*x > 0);
        if (name == "log" && args.size() == 2) {
            const auto base = number(args[1]);
            return std::log(*x) / std::log(base.value_or(M_E));
        }
        return name == "log" ? std::log(*x) : name == "log2" ? std::log2(*x) : std::log10(*x);
    }
    if (name == "exp") {
        return std::exp(*x);
    }
    if (name == "fabs") {
        return std::fabs(*x);
    }
    if (name == "sin" || name == "cos" || name == "tan" || name == "tanh" || name == "erf") {
        return name == "sin"    ? std::sin(*x)
               : name == "cos"  ? std::cos(*x)
               : name == "tan"  ? std::tan(*x)
               : name == "tanh" ? std::tanh(*x)
                                : std::erf(*x);
    }
    if (name == "isnan" || name == "isinf") {
        return name == "isnan" ? std::isnan(*x) : std::isinf(*x);
    }
    if (const auto y = args.size() == 2 ? number(args[1]) : std::nullopt; name == "pow" && y) {
        return std::pow(*x, *y);
    }
    if ((name == "gcd" || name == "lcm") && args.size() == 2) {
        int64_t a = std::abs(to_int(args[0], call.span, "an argument"));
        int64_t b = std::abs(to_int(args[1], call.span, "an argument"));
        const int64_t product = a * b;
        while (b != 0) {
            a = std::exchange(b, a % b);
        }
        return name == "gcd" ? a : a == 0 ? 0 : product / a;
    }
    return std::nullopt;
}

}  // namespace tessera::tile::front
