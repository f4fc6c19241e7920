#include <tile/front/host_tensor.h>

#include <cmath>

#include <fmt/format.h>

#include <tile/ir/print.h>

namespace tessera::tile::front {
namespace {

template <class... Cases>
struct Overload : Cases... {
    using Cases::operator()...;
};

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

std::optional<int64_t> integer(const Value& value) {
    if (const bool* b = value.get<bool>()) {
        return *b ? 1 : 0;
    }
    if (const int64_t* i = value.get<int64_t>()) {
        return *i;
    }
    return std::nullopt;
}

bool equal(const Values& a, const Values& b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (size_t i = 0; i < a.size(); ++i) {
        if (!front::equal(a[i], b[i])) {
            return false;
        }
    }
    return true;
}

std::string join(const Values& items, const char* open, const char* close) {
    std::string out = open;
    for (size_t i = 0; i < items.size(); ++i) {
        out += (i == 0 ? "" : ", ") + repr(items[i]);
    }
    return out + close;
}

std::string quoted(const std::string& text) {
    const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
    std::string out(1, quote);
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else {
            if (c == quote || c == '\\') {
                out += '\\';
            }
            out += c;
        }
    }
    return out + quote;
}

std::string float_text(double value) {
    if (std::isnan(value)) {
        return "nan";
    }
    if (std::isinf(value)) {
        return value < 0 ? "-inf" : "inf";
    }
    const double size = std::fabs(value);
    std::string text =
        size != 0 && (size >= 1e16 || size < 1e-4) ? fmt::format("{:e}", value) : fmt::format("{}", value);
    if (size != 0 && (size >= 1e16 || size < 1e-4)) {
        text = fmt::format("{}", value);
        if (text.find('e') == std::string::npos) {
            text = fmt::format("{:.17g}", value);
        }
    }
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

}  // namespace

Value none() {
    return NoneValue{};
}

Value list(Values items) {
    return ListValue{std::make_shared<Values>(std::move(items))};
}

Value tuple(Values items) {
    return TupleValue{std::make_shared<const Values>(std::move(items))};
}

Value dict(std::vector<std::pair<Value, Value>> items) {
    return DictValue{std::make_shared<std::vector<std::pair<Value, Value>>>(std::move(items))};
}

Value opaque(std::string what, Span span, bool hint) {
    return OpaqueValue{std::make_shared<const std::string>(std::move(what)), span, hint};
}

Value builtin(std::string name) {
    return BuiltinValue{std::move(name), nullptr};
}

Value module(std::string name) {
    return ModuleValue{std::move(name), nullptr};
}

const Values* items_of(const Value& value) {
    if (const auto* l = value.get<ListValue>()) {
        return l->items.get();
    }
    if (const auto* t = value.get<TupleValue>()) {
        return t->items.get();
    }
    if (const auto* s = value.get<SetValue>()) {
        return s->items.get();
    }
    return nullptr;
}

bool equal(const Value& a, const Value& b) {
    const auto ia = integer(a);
    const auto ib = integer(b);
    if (ia && ib) {
        return *ia == *ib;
    }
    const auto na = number(a);
    const auto nb = number(b);
    if (na && nb) {
        return *na == *nb;
    }
    const auto type = [](const Value& value) -> std::optional<ir::DType> {
        const auto* t = value.get<ir::DType>();
        return t == nullptr ? std::nullopt : std::optional(*t);
    };
    if (a.is<ir::DType>() && b.is<ir::DType>()) {
        return type(a) == type(b);
    }
    if (const auto* text = a.get<std::string>()) {
        if (const auto* other = b.get<std::string>()) {
            return *text == *other;
        }
        // An element type and its name compare equal, as upstream.
        return type(b) && ir::dtype_from_name(*text) == type(b);
    }
    if (b.is<std::string>()) {
        return type(a) && equal(b, a);
    }
    if (const auto* x = a.get<ForeignTypeValue>()) {
        const auto* y = b.get<ForeignTypeValue>();
        return y != nullptr && x->name == y->name;
    }
    if ((a.is<ListValue>() && b.is<ListValue>()) || (a.is<TupleValue>() && b.is<TupleValue>())) {
        return equal(*items_of(a), *items_of(b));
    }
    if (a.is<NoneValue>() && b.is<NoneValue>()) {
        return true;
    }
    if (const auto* x = a.get<DictValue>()) {
        const auto* y = b.get<DictValue>();
        if (y == nullptr || x->items->size() != y->items->size()) {
            return false;
        }
        for (const auto& [key, one] : *x->items) {
            const Value* other = find(*y, key);
            if (other == nullptr || !equal(one, *other)) {
                return false;
            }
        }
        return true;
    }
    if (const auto* x = a.get<FunctionValue>()) {
        const auto* y = b.get<FunctionValue>();
        return y != nullptr && x->data == y->data;
    }
    if (const auto* x = a.get<BuiltinValue>()) {
        const auto* y = b.get<BuiltinValue>();
        return y != nullptr && x->name == y->name && x->self == y->self;
    }
    if (const auto* x = a.get<ir::Buffer>()) {
        const auto* y = b.get<ir::Buffer>();
        return y != nullptr && *x == *y;
    }
    return false;
}

const Value* find(const DictValue& dict, const Value& key) {
    for (const auto& [one, value] : *dict.items) {
        if (equal(one, key)) {
            return &value;
        }
    }
    return nullptr;
}

void insert(const DictValue& dict, const Value& key, const Value& value) {
    for (auto& [one, old] : *dict.items) {
        if (equal(one, key)) {
            old = value;
            return;
        }
    }
    dict.items->emplace_back(key, value);
}

std::string repr(const Value& value) {
    return std::visit(
        Overload{
            [](const std::monostate&) -> std::string { return "<unset>"; },
            [](const NoneValue&) -> std::string { return "None"; },
            [](bool b) -> std::string { return b ? "True" : "False"; },
            [](int64_t i) { return std::to_string(i); },
            [](double d) { return float_text(d); },
            [](const std::string& text) { return quoted(text); },
            [](const EllipsisValue&) -> std::string { return "Ellipsis"; },
            [](const ListValue& l) { return join(*l.items, "[", "]"); },
            [](const TupleValue& t) { return join(*t.items, "(", t.items->size() == 1 ? ",)" : ")"); },
            [](const SetValue& s) { return s.items->empty() ? "set()" : join(*s.items, "{", "}"); },
            [](const DictValue& d) {
                std::string out = "{";
                for (const auto& [key, one] : *d.items) {
                    out += (out.size() == 1 ? "" : ", ") + repr(key) + ": " + repr(one);
                }
                return out + "}";
            },
            [](const RangeValue& r) {
                return r.step == 1 ? fmt::format("range({}, {})", r.begin, r.end)
                                   : fmt::format("range({}, {}, {})", r.begin, r.end, r.step);
            },
            [](const SliceValue&) -> std::string { return "slice"; },
            [](ir::DType type) { return std::string(ir::name_of(type)); },
            [](const ForeignTypeValue& type) { return type.name; },
            [](const ir::Expr& expr) { return ir::print(expr); },
            [](const ir::Buffer& buffer) { return buffer->name; },
            [](const CellValue& cell) { return cell.buffer->name; },
            [](const ElementValue& element) { return element.data->buffer->name + "[...]"; },
            [](const FunctionValue& function) { return "<function " + function.data->name + ">"; },
            [](const PartialValue&) -> std::string { return "<partial>"; },
            [](const BuiltinValue& one) { return "<" + one.name + ">"; },
            [](const ModuleValue& one) { return "<module " + one.name + ">"; },
            [](const OpaqueValue& one) { return "<" + *one.what + ">"; },
            [](const TensorValue& one) { return "<tensor " + join(one.data->shape, "(", ")") + ">"; },
            [](const SpecValue& one) { return "T." + one.data->kind + "(" + join(one.data->shape, "(", ")") + ")"; },
            [](const LaunchValue&) -> std::string { return "T.Kernel(...)"; },
            [](const FrameValue&) -> std::string { return "T.If(...)"; },
            [](const LoopValue&) -> std::string { return "<loop>"; },
            [](const ClassValue& one) { return "<class " + one.data->name + ">"; },
            [](const InstanceValue&) -> std::string { return "<object>"; },
        },
        value.held());
}

std::string str(const Value& value) {
    const auto* text = value.get<std::string>();
    return text != nullptr ? *text : repr(value);
}

std::string type_name(const Value& value) {
    return std::visit(
        Overload{
            [](const std::monostate&) -> std::string { return "nothing"; },
            [](const NoneValue&) -> std::string { return "None"; },
            [](bool) -> std::string { return "bool"; },
            [](int64_t) -> std::string { return "int"; },
            [](double) -> std::string { return "float"; },
            [](const std::string&) -> std::string { return "str"; },
            [](const EllipsisValue&) -> std::string { return "Ellipsis"; },
            [](const ListValue&) -> std::string { return "list"; },
            [](const TupleValue&) -> std::string { return "tuple"; },
            [](const SetValue&) -> std::string { return "set"; },
            [](const DictValue&) -> std::string { return "dict"; },
            [](const RangeValue&) -> std::string { return "range"; },
            [](const SliceValue&) -> std::string { return "slice"; },
            [](ir::DType) -> std::string { return "dtype"; },
            [](const ForeignTypeValue&) -> std::string { return "dtype"; },
            [](const ir::Expr& expr) { return "a run-time " + std::string(ir::name_of(expr->dtype)); },
            [](const ir::Buffer& buffer) { return "the buffer " + buffer->name; },
            [](const CellValue& cell) { return "a run-time " + std::string(ir::name_of(cell.buffer->dtype)); },
            [](const ElementValue& element) { return "a part of the buffer " + element.data->buffer->name; },
            [](const FunctionValue& function) { return "the function " + function.data->name; },
            [](const PartialValue&) -> std::string { return "a function"; },
            [](const BuiltinValue& one) { return "the function " + one.name; },
            [](const ModuleValue& one) { return "the module " + one.name; },
            [](const OpaqueValue& one) { return *one.what; },
            [](const TensorValue&) -> std::string { return "a tensor of the host"; },
            [](const SpecValue& one) { return "T." + one.data->kind; },
            [](const LaunchValue&) -> std::string { return "T.Kernel"; },
            [](const FrameValue&) -> std::string { return "a branch or loop of the tile language"; },
            [](const LoopValue&) -> std::string { return "a loop of the tile language"; },
            [](const ClassValue& one) { return "the class " + one.data->name; },
            [](const InstanceValue&) -> std::string { return "an object"; },
        },
        value.held());
}

std::optional<bool> truth(const Value& value) {
    if (const auto one = number(value)) {
        return *one != 0;
    }
    if (value.is<NoneValue>()) {
        return false;
    }
    if (const auto* text = value.get<std::string>()) {
        return !text->empty();
    }
    if (const Values* items = items_of(value)) {
        return !items->empty();
    }
    if (const auto* d = value.get<DictValue>()) {
        return !d->items->empty();
    }
    if (const auto* r = value.get<RangeValue>()) {
        return r->step > 0 ? r->begin < r->end : r->begin > r->end;
    }
    if (const auto* expr = value.get<ir::Expr>()) {
        if ((*expr)->op == ir::Op::Int) {
            return (*expr)->int_value != 0;
        }
        if ((*expr)->op == ir::Op::Float) {
            return (*expr)->float_value != 0;
        }
        return std::nullopt;
    }
    if (const auto* tensor = value.get<TensorValue>()) {
        const auto numbers = tensor->data->shape.size() <= 1 ? numbers_of(*tensor->data) : nullptr;
        return numbers && numbers->size() == 1 ? std::optional(numbers->front() != 0) : std::nullopt;
    }
    if (value.is<CellValue>() || value.is<ElementValue>() || value.is<OpaqueValue>() || !value.set()) {
        return std::nullopt;
    }
    return true;
}

bool is_host(const Value& value) {
    return value.is<NoneValue>() || value.is<bool>() || value.is<int64_t>() || value.is<double>() ||
           value.is<std::string>() || items_of(value) != nullptr || value.is<DictValue>() || value.is<RangeValue>() ||
           value.is<ir::DType>() || value.is<ForeignTypeValue>();
}

}  // namespace tessera::tile::front
