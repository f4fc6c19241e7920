// What torch makes of tensors, as far as the host side of a script needs it to say what its kernels are called with.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tile/front/host_parts.h>

namespace tessera::tile::front {
namespace {

/// The shape of a nested list of numbers, and its elements; false where one is no number.
bool nested(const Value& value, size_t depth, Shape& shape, Numbers& numbers, bool& whole) {
    if (const Values* items = items_of(value)) {
        if (shape.size() <= depth) {
            shape.push_back(static_cast<int64_t>(items->size()));
        }
        return std::ranges::all_of(*items,
                                   [&](const Value& one) { return nested(one, depth + 1, shape, numbers, whole); });
    }
    if (const auto* range = value.get<RangeValue>()) {
        for (int64_t i = range->begin; range->step > 0 ? i < range->end : i > range->end; i += range->step) {
            numbers.push_back(static_cast<double>(i));
        }
        shape.push_back(static_cast<int64_t>(numbers.size()));
        return true;
    }
    if (const auto* tensor = value.get<TensorValue>()) {
        const auto one = numbers_of(*tensor->data);
        if (one && one->size() == 1) {
            numbers.push_back(one->front());
            const std::optional<ir::DType> type = tensor->data->dtype;
            whole = whole && type && !ir::is_float(*type);
            return true;
        }
        return false;
    }
    whole = whole && !value.is<double>();
    if (const auto one = real(value)) {
        numbers.push_back(*one);
        return true;
    }
    return false;
}
}  // namespace

namespace {

/// The shape of torch.einsum: the letters behind the arrow, with the extents that they have in the operands.
Value einsum(const Values& args, Span span) {
    const auto* text = args.empty() ? nullptr : args[0].get<std::string>();
    if (text == nullptr || text->find("->") == std::string::npos || text->find('.') != std::string::npos) {
        return opaque("a tensor", span);
    }
    std::map<char, Value> extents;
    size_t operand = 1;
    size_t place = 0;
    const size_t arrow = text->find("->");
    std::optional<ir::DType> dtype;
    for (size_t i = 0; i < arrow; ++i) {
        const char c = (*text)[i];
        if (c == ',') {
            ++operand;
            place = 0;
        } else if (c != ' ') {
            const auto* tensor = operand < args.size() ? args[operand].get<TensorValue>() : nullptr;
            if (tensor == nullptr || place >= tensor->data->shape.size()) {
                return opaque("a tensor", span);
            }
            extents[c] = tensor->data->shape[place++];
            dtype = tensor->data->dtype;
        }
    }
    Values shape;
    for (size_t i = arrow + 2; i < text->size(); ++i) {
        if ((*text)[i] != ' ') {
            shape.push_back(extents.contains((*text)[i]) ? extents[(*text)[i]] : opaque("a dimension", span));
        }
    }
    return make_tensor(std::move(shape), dtype);
}

Value arange(const Call& call) {
    const Values& args = call.positional;
    const Value* first = args.size() > 1 ? args.data() : keyword(call, "start");
    const Value* last = args.empty() ? keyword(call, "end") : &args[args.size() > 1 ? 1 : 0];
    const Value* step = argument(call, 2, "step");
    const auto number = [](const Value& value) -> std::optional<double> {
        const auto* tensor = value.get<TensorValue>();
        const auto elements = tensor == nullptr ? nullptr : numbers_of(*tensor->data);
        return elements && elements->size() == 1 ? std::optional(elements->front()) : real(value);
    };
    const auto from = first == nullptr ? std::optional(0.0) : number(*first);
    const auto to = last == nullptr ? std::nullopt : number(*last);
    const auto by = step == nullptr ? std::optional(1.0) : number(*step);
    if (!from || !to || !by || *by == 0) {
        return make_tensor({opaque("a length", call.span)}, type_given(call, ir::DType::Int64));
    }
    const auto count = static_cast<int64_t>(std::max(0.0, std::ceil((*to - *from) / *by)));
    const auto dtype = type_given(call, ir::DType::Int64);
    if (count > most_elements) {
        return make_tensor({count}, dtype);
    }
    Numbers numbers(static_cast<size_t>(count));
    for (size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = *from + static_cast<double>(i) * *by;
    }
    return make_tensor(Shape{count}, dtype, std::move(numbers));
}

/// torch.nn.functional.pad of a constant.
Value padded(const Call& call) {
    const auto* tensor = call.positional.empty() ? nullptr : call.positional[0].get<TensorValue>();
    const Value* given = argument(call, 1, "pad");
    if (tensor == nullptr || given == nullptr || items_of(*given) == nullptr) {
        return opaque("a tensor", call.span);
    }
    const Values& widths = *items_of(*given);
    const Value* filler = argument(call, 3, "value");
    const auto value = filler == nullptr ? std::optional(0.0) : real(*filler);
    Value now = *tensor;
    for (size_t i = 0; i + 1 < widths.size(); i += 2) {
        const size_t rank = tensor->data->shape.size();
        if (i / 2 >= rank) {
            return opaque("a tensor", call.span);
        }
        const size_t axis = rank - 1 - i / 2;
        const Value dim = static_cast<int64_t>(axis);
        for (const bool front : {true, false}) {
            const auto width = integer(&widths[front ? i : i + 1]);
            if (!width || !now.is<TensorValue>()) {
                return opaque("a tensor", call.span);
            }
            if (*width < 0) {
                Values index(axis, SliceValue{std::make_shared<const std::array<Value, 3>>(
                                       std::array<Value, 3>{none(), none(), none()})});
                index.emplace_back(SliceValue{std::make_shared<const std::array<Value, 3>>(
                    front ? std::array<Value, 3>{-*width, none(), none()}
                          : std::array<Value, 3>{none(), *width, none()})});
                now = tensor_index(*now.get<TensorValue>()->data, tuple(std::move(index)), call.span);
            } else if (*width > 0) {
                TensorData more{now.get<TensorValue>()->data->shape, now.get<TensorValue>()->data->dtype};
                more.shape[axis] = *width;
                more.fill = value;
                now = joined(front ? Values{shared(more), now} : Values{now, shared(more)}, &dim, false, call.span);
            }
        }
    }
    return now;
}

uint64_t& next_seed() {
    static uint64_t seed = 0;
    return seed;
}

}  // namespace

std::optional<Value> torch_function(const std::string& name, const Call& call) {
    const Values& args = call.positional;
    const Span span = call.span;
    if (name == "manual_seed") {
        next_seed() = 0;
        return none();
    }
    if (name == "randn" || name == "rand" || name == "zeros" || name == "ones" || name == "empty" || name == "full" ||
        name == "rand_like" || name == "randn_like" || name == "zeros_like" || name == "ones_like" ||
        name == "empty_like" || name == "full_like" || name == "empty_strided") {
        TensorData made;
        made.dtype = type_given(call, ir::DType::Float32);
        if (name.ends_with("_like")) {
            const auto* like = args.empty() ? nullptr : args[0].get<TensorValue>();
            if (like == nullptr) {
                return opaque("a tensor", span);
            }
            made.shape = like->data->shape;
            made.dtype = type_given(call, like->data->dtype);
        } else {
            const Value* size = keyword(call, "size");
            const bool one = name == "full" || name == "empty_strided";
            made.shape = size != nullptr && items_of(*size) != nullptr ? *items_of(*size)
                         : one && args.empty()                         ? Values()
                                                                       : sizes(one ? Values{args[0]} : args);
        }
        if (name.starts_with("zeros")) {
            made.fill = 0;
        } else if (name.starts_with("ones")) {
            made.fill = 1;
        } else if (name.starts_with("full")) {
            const Value* value = argument(call, 1, "fill_value");
            made.fill = value == nullptr ? std::nullopt : real(*value);
            if (name == "full" && keyword(call, "dtype") == nullptr && value != nullptr) {
                made.dtype = value->is<bool>()      ? ir::DType::Bool
                             : value->is<int64_t>() ? ir::DType::Int64
                                                    : ir::DType::Float32;
            }
        } else if (name.starts_with("rand")) {
            made.random = RandomData{.seed = ++next_seed(),
                                     .first = name.starts_with("randn") ? -1.7 : 0.0,
                                     .last = name.starts_with("randn") ? 1.7 : 1.0};
        }
        return shared(std::move(made));
    }
    if (name == "randint" || name == "randint_like") {
        const Value* size = keyword(call, "size");
        Values bounds;
        for (const Value& one : args) {
            if (items_of(one) != nullptr) {
                size = &one;
            } else {
                bounds.push_back(one);
            }
        }
        const Value* low = keyword(call, "low");
        const Value* high = keyword(call, "high");
        const Value zero = int64_t{0};
        low = low != nullptr ? low : bounds.size() > 1 ? bounds.data() : &zero;
        high = high != nullptr ? high : bounds.empty() ? nullptr : &bounds.back();
        if (size == nullptr) {
            return opaque("a tensor", span);
        }
        TensorData made{sizes({*size}), type_given(call, ir::DType::Int64)};
        const auto first = real(*low);
        const auto last = high == nullptr ? std::nullopt : real(*high);
        if (first && last) {
            made.random = RandomData{.seed = ++next_seed(), .first = *first, .last = *last, .whole = true};
        }
        return shared(std::move(made));
    }
    if (name == "randperm") {
        const auto count = args.empty() ? std::nullopt : integer(args.data());
        if (!count || *count < 0 || *count > most_elements) {
            return make_tensor({args.empty() ? opaque("a length", span) : args[0]}, ir::DType::Int64);
        }
        // Each place changes with one before it.
        TensorData noise{{*count}, ir::DType::Float32};
        noise.random = RandomData{.seed = ++next_seed()};
        const auto chosen = numbers_of(noise);
        if (!chosen) {
            return make_tensor({args[0]}, ir::DType::Int64);
        }
        Numbers order(static_cast<size_t>(*count));
        std::iota(order.begin(), order.end(), 0.0);
        for (size_t i = order.size(); i-- > 1;) {
            std::swap(order[i], order[static_cast<size_t>((*chosen)[i] * static_cast<double>(i + 1))]);
        }
        return make_tensor(Shape{*count}, type_given(call, ir::DType::Int64), std::move(order));
    }
    if (name == "arange") {
        return arange(call);
    }
    if (name == "tensor" || name == "as_tensor" || name == "from_numpy" || name == "LongTensor" ||
        name == "IntTensor") {
        if (args.empty()) {
            return opaque("a tensor", span);
        }
        if (const auto* tensor = args[0].get<TensorValue>()) {
            return converted(*tensor->data, type_given(call, tensor->data->dtype));
        }
        Shape shape;
        Numbers numbers;
        bool whole = true;
        const bool known = nested(args[0], 0, shape, numbers, whole);
        const auto dtype = type_given(call, whole ? ir::DType::Int64 : ir::DType::Float32);
        if (!known || count_of(shape) != static_cast<int64_t>(numbers.size())) {
            return make_tensor(Values(shape.begin(), shape.end()), dtype);
        }
        return make_tensor(shape, dtype, std::move(numbers));
    }
    if (name == "eye") {
        return args.empty() ? opaque("a tensor", span)
                            : make_tensor({args[0], args[0]}, type_given(call, ir::DType::Float32));
    }
    if (name == "linspace" || name == "logspace") {
        const Value* steps = argument(call, 2, "steps");
        return steps == nullptr ? opaque("a tensor", span)
                                : make_tensor({*steps}, type_given(call, ir::DType::Float32));
    }
    if ((name == "cat" || name == "concat" || name == "concatenate" || name == "stack") && !args.empty() &&
        items_of(args[0]) != nullptr) {
        return joined(*items_of(args[0]), argument(call, 1, "dim"), name == "stack", span);
    }
    if (name == "vstack" || name == "hstack") {
        return opaque("a tensor", span);
    }
    if (name == "einsum") {
        return einsum(args, span);
    }
    if (name == "pad") {
        return padded(call);
    }
    if (name == "where" && args.size() == 3) {
        const Value chosen = args[1].is<TensorValue>() || args[2].is<TensorValue>()
                                 ? tensor_binary("+", args[1], args[2], span)
                                 : make_tensor(Values(), ir::DType::Float32);
        const auto* condition = args[0].get<TensorValue>();
        const auto* shape = chosen.get<TensorValue>();
        if (condition == nullptr || shape == nullptr) {
            return opaque("a tensor", span);
        }
        // a where the condition is 1: c * a + (1 - c) * b, of which the elements count where all three are known.
        const Value mask = converted(*condition->data, ir::DType::Int64);
        const Value other = tensor_binary("-", int64_t{1}, mask, span);
        Value made =
            tensor_binary("+", tensor_binary("*", mask, args[1], span), tensor_binary("*", other, args[2], span), span);
        made.get<TensorValue>()->data->dtype = shape->data->dtype;
        return made;
    }
    if (name == "outer" && args.size() == 2 && args[0].is<TensorValue>() && args[1].is<TensorValue>()) {
        return make_tensor(
            {args[0].get<TensorValue>()->data->shape.front(), args[1].get<TensorValue>()->data->shape.front()},
            args[0].get<TensorValue>()->data->dtype);
    }
    if (name == "is_tensor" && !args.empty()) {
        return args[0].is<OpaqueValue>() ? opaque("a condition", span) : Value(args[0].is<TensorValue>());
    }
    // torch.NAME(tensor, ...) is tensor.NAME(...).
    if (!args.empty() && args[0].is<TensorValue>()) {
        Call inner = call;
        inner.positional.erase(inner.positional.begin());
        if (!inner.places.empty()) {
            inner.places.erase(inner.places.begin());
        }
        return tensor_method(*args[0].get<TensorValue>(), name, inner);
    }
    return std::nullopt;
}

}  // namespace tessera::tile::front
