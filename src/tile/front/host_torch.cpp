// What torch makes of tensors, as far as the host side of a script needs it to say what its kernels are called with.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {
namespace {

std::optional<int64_t> integer(const Value* value) {
    if (value == nullptr) {
        return std::nullopt;
    }
    if (const int64_t* i = value->get<int64_t>()) {
        return *i;
    }
    if (const bool* b = value->get<bool>()) {
        return *b ? 1 : 0;
    }
    if (const double* d = value->get<double>(); d != nullptr && std::fabs(*d) < 9e15) {
        return static_cast<int64_t>(*d);
    }
    return std::nullopt;
}

std::optional<double> real(const Value& value) {
    if (const double* d = value.get<double>()) {
        return *d;
    }
    const auto whole = integer(&value);
    return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}

std::optional<ir::DType> type_of(const Value& value) {
    if (const auto* type = value.get<ir::DType>()) {
        return *type;
    }
    const auto* one = value.get<BuiltinValue>();
    if (one == nullptr) {
        return std::nullopt;
    }
    return one->name == "builtins.float"  ? std::optional(ir::DType::Float32)
           : one->name == "builtins.int"  ? std::optional(ir::DType::Int64)
           : one->name == "builtins.bool" ? std::optional(ir::DType::Bool)
                                          : std::nullopt;
}

std::optional<ir::DType> type_given(const Call& call, std::optional<ir::DType> otherwise) {
    const Value* given = keyword(call, "dtype");
    return given != nullptr ? type_of(*given) : otherwise;
}

Value shared(TensorData data) {
    return TensorValue{std::make_shared<TensorData>(std::move(data))};
}

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
            whole = whole && tensor->data->dtype && !ir::is_float(*tensor->data->dtype);
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

/// A dimension's number, from behind where it is negative.
std::optional<size_t> axis_of(const Value* value, size_t rank) {
    const auto at = integer(value);
    const auto size = static_cast<int64_t>(rank);
    if (!at || *at < -size || *at >= size) {
        return std::nullopt;
    }
    return static_cast<size_t>(*at < 0 ? *at + size : *at);
}

/// Its argument `name`, given by keyword or at a place.
const Value* argument(const Call& call, size_t place, std::string_view name) {
    return place < call.positional.size() ? &call.positional[place] : keyword(call, name);
}

/// A tensor with the dimensions `order` of the given one.
Value permuted(const TensorData& self, const std::vector<size_t>& order) {
    TensorData made{{}, self.dtype, nullptr, self.fill};
    for (const size_t one : order) {
        made.shape.push_back(self.shape[one]);
    }
    const auto shape = shape_of(self);
    const auto numbers = shape && !self.fill && !self.random ? numbers_of(self) : nullptr;
    if (numbers) {
        std::vector<size_t> strides(shape->size(), 1);
        for (size_t d = shape->size(); d-- > 1;) {
            strides[d - 1] = strides[d] * static_cast<size_t>((*shape)[d]);
        }
        made.content = std::make_shared<Numbers>(numbers->size());
        std::vector<int64_t> at(order.size(), 0);
        for (double& one : *made.content) {
            size_t place = 0;
            for (size_t d = 0; d < order.size(); ++d) {
                place += static_cast<size_t>(at[d]) * strides[order[d]];
            }
            one = (*numbers)[place];
            for (size_t d = order.size(); d-- > 0;) {
                if (++at[d] < (*shape)[order[d]]) {
                    break;
                }
                at[d] = 0;
            }
        }
    } else if (self.random) {
        made.random = self.random;
    }
    return shared(std::move(made));
}

/// The same elements in another shape, in which one dimension may be -1.
Value reshaped(const TensorData& self, Values shape) {
    TensorData made = self;
    const auto own = shape_of(self);
    int64_t rest = 1;
    bool known = own.has_value();
    for (const Value& one : shape) {
        const auto extent = integer(&one);
        known = known && extent.has_value();
        rest *= !extent || *extent < 0 ? 1 : *extent;
    }
    for (Value& one : shape) {
        if (equal(one, int64_t{-1})) {
            one = known && rest != 0 ? Value(count_of(*own) / rest) : opaque("a dimension", {});
        }
    }
    made.shape = std::move(shape);
    const auto now = shape_of(made);
    if (!known || !now || count_of(*now) != count_of(*own)) {
        made.content = nullptr;
    }
    return shared(std::move(made));
}

struct Reduction {
    std::shared_ptr<const Numbers> numbers;
    Shape shape;
    size_t outer = 1, extent = 1, inner = 1;
    Values result;
};

/// The way through a tensor along one dimension; nothing if the shape is not known.
std::optional<Reduction> along(const TensorData& self, size_t axis, bool keep) {
    Reduction made;
    for (size_t d = 0; d < self.shape.size(); ++d) {
        if (d != axis) {
            made.result.push_back(self.shape[d]);
        } else if (keep) {
            made.result.emplace_back(int64_t{1});
        }
    }
    const auto shape = shape_of(self);
    if (!shape) {
        return made;
    }
    made.shape = *shape;
    made.extent = static_cast<size_t>((*shape)[axis]);
    for (size_t d = 0; d < shape->size(); ++d) {
        (d < axis ? made.outer : made.inner) *= d == axis ? 1 : static_cast<size_t>((*shape)[d]);
    }
    made.numbers = numbers_of(self);
    return made;
}

double reduced(const std::string& op, const Numbers& line) {
    if (op == "sum" || op == "mean" || op == "count_nonzero") {
        double total = 0;
        for (const double one : line) {
            total += op == "count_nonzero" ? one != 0 : one;
        }
        return op == "mean" && !line.empty() ? total / static_cast<double>(line.size()) : total;
    }
    if (op == "any" || op == "all") {
        const bool any = std::ranges::any_of(line, [](double one) { return one != 0; });
        const bool all = std::ranges::all_of(line, [](double one) { return one != 0; });
        return op == "any" ? any : all;
    }
    if (op == "prod") {
        return std::accumulate(line.begin(), line.end(), 1.0, std::multiplies<>());
    }
    if (line.empty()) {
        return 0;
    }
    const auto most = op.ends_with("max") ? std::ranges::max_element(line) : std::ranges::min_element(line);
    return op.starts_with("arg") ? static_cast<double>(most - line.begin()) : *most;
}

std::optional<ir::DType> reduced_type(const std::string& op, std::optional<ir::DType> type) {
    if (op == "any" || op == "all") {
        return ir::DType::Bool;
    }
    if (op.starts_with("arg") || op == "count_nonzero" ||
        ((op == "sum" || op == "cumsum" || op == "prod") && type && !ir::is_float(*type))) {
        return ir::DType::Int64;
    }
    return type;
}

std::optional<Value> reduce(const TensorData& self, const std::string& op, const Call& call) {
    const Value* dim = argument(call, 0, "dim");
    dim = dim == nullptr ? keyword(call, "axis") : dim;
    if (dim != nullptr && dim->is<TensorValue>()) {
        return std::nullopt;  // of two tensors: torch.max(a, b)
    }
    const auto keep = integer(argument(call, 1, "keepdim")).value_or(0) != 0;
    const auto type = type_given(call, reduced_type(op, self.dtype));
    if (dim == nullptr || dim->is<NoneValue>()) {
        const auto numbers = numbers_of(self);
        return numbers ? make_tensor(Shape(), type, {reduced(op, *numbers)}) : make_tensor(Values(), type);
    }
    Values dims = items_of(*dim) != nullptr ? *items_of(*dim) : Values{*dim};
    std::vector<size_t> axes;
    for (const Value& one : dims) {
        const auto axis = axis_of(&one, self.shape.size());
        if (!axis) {
            return opaque("a tensor", call.span);
        }
        axes.push_back(*axis);
    }
    std::ranges::sort(axes, std::greater<>());
    TensorData now = self;
    for (const size_t axis : axes) {
        const auto way = along(now, axis, keep);
        TensorData next{way->result, type};
        if (way->numbers) {
            next.content = std::make_shared<Numbers>();
            for (size_t o = 0; o < way->outer; ++o) {
                for (size_t i = 0; i < way->inner; ++i) {
                    Numbers line(way->extent);
                    for (size_t k = 0; k < way->extent; ++k) {
                        line[k] = (*way->numbers)[(o * way->extent + k) * way->inner + i];
                    }
                    next.content->push_back(reduced(op, line));
                }
            }
        }
        now = std::move(next);
    }
    const Value values = shared(now);
    if ((op == "max" || op == "min") && axes.size() == 1) {
        const auto which = reduce(self, "arg" + op, call);
        return tuple({values, which.value_or(none())});
    }
    return values;
}

/// Along the last line of a dimension: cumsum, sort, argsort, topk, flip, softmax-like ones keep the shape only.
Value line_by_line(const TensorData& self, size_t axis, std::optional<ir::DType> type, std::optional<int64_t> extent,
                   const std::function<void(Numbers&)>& change) {
    TensorData made{self.shape, type};
    if (extent) {
        made.shape[axis] = *extent;
    }
    const auto way = along(self, axis, true);
    if (!way->numbers) {
        return shared(std::move(made));
    }
    const size_t length = extent ? static_cast<size_t>(*extent) : way->extent;
    made.content = std::make_shared<Numbers>(way->outer * length * way->inner);
    for (size_t o = 0; o < way->outer; ++o) {
        for (size_t i = 0; i < way->inner; ++i) {
            Numbers line(way->extent);
            for (size_t k = 0; k < way->extent; ++k) {
                line[k] = (*way->numbers)[(o * way->extent + k) * way->inner + i];
            }
            change(line);
            line.resize(length);
            for (size_t k = 0; k < length; ++k) {
                (*made.content)[(o * length + k) * way->inner + i] = line[k];
            }
        }
    }
    return shared(std::move(made));
}

void arguments_in_order(Numbers& line, bool descending) {
    std::vector<size_t> order(line.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(order, [&](size_t a, size_t b) {
        return line[a] == line[b] ? a < b : descending ? line[a] > line[b] : line[a] < line[b];
    });
    line.assign(order.begin(), order.end());
}

std::optional<Value> ordered(const TensorData& self, const std::string& name, const Call& call) {
    const bool top = name == "topk";
    const Value last = int64_t{-1};
    const Value* dim = argument(call, top ? 1 : 0, "dim");
    const auto axis = axis_of(dim == nullptr ? &last : dim, self.shape.size());
    const auto k = top ? integer(argument(call, 0, "k")) : std::nullopt;
    const auto flag = integer(argument(call, top ? 2 : 1, top ? "largest" : "descending"));
    const bool descending = flag.value_or(top ? 1 : 0) != 0;
    const auto* extent = axis ? self.shape[*axis].get<int64_t>() : nullptr;
    if (!axis || (top && (!k || (extent != nullptr && *k > *extent)))) {
        return top ? std::optional(tuple({opaque("a tensor", call.span), opaque("a tensor", call.span)}))
                   : std::optional(opaque("a tensor", call.span));
    }
    const Value indices =
        line_by_line(self, *axis, ir::DType::Int64, k, [&](Numbers& line) { arguments_in_order(line, descending); });
    if (name == "argsort") {
        return indices;
    }
    const Value values = line_by_line(self, *axis, self.dtype, k, [&](Numbers& line) {
        descending ? std::ranges::sort(line, std::greater<>()) : std::ranges::sort(line);
    });
    return tuple({values, indices});
}

/// torch.cat and torch.stack.
Value joined(const Values& tensors, const Value* dim, bool stack, Span span) {
    std::vector<TensorData> parts;
    for (const Value& one : tensors) {
        const auto* tensor = one.get<TensorValue>();
        if (tensor == nullptr) {
            return opaque("a tensor", span);
        }
        parts.push_back(*tensor->data);
    }
    const Value first = int64_t{0};
    if (parts.empty()) {
        return opaque("a tensor", span);
    }
    const size_t rank = parts.front().shape.size() + (stack ? 1 : 0);
    const auto axis = axis_of(dim == nullptr ? &first : dim, rank);
    if (!axis) {
        return opaque("a tensor", span);
    }
    int64_t total = 0;
    bool known = true;
    for (TensorData& one : parts) {
        if (stack) {
            one.shape.insert(one.shape.begin() + static_cast<std::ptrdiff_t>(*axis), Value(int64_t{1}));
        }
        if (one.shape.size() != rank) {
            return opaque("a tensor", span);
        }
        const auto* extent = one.shape[*axis].get<int64_t>();
        known = known && extent != nullptr;
        total += extent == nullptr ? 0 : *extent;
    }
    TensorData made{parts.front().shape, parts.front().dtype};
    made.shape[*axis] = known ? Value(total) : opaque("a dimension", span);
    const auto shape = shape_of(made);
    std::vector<std::pair<std::shared_ptr<const Numbers>, int64_t>> all;
    for (const TensorData& one : parts) {
        const auto own = shape_of(one);
        const bool noise = one.random && !one.random->whole;
        all.emplace_back(own && shape && count_of(*shape) <= most_elements && !noise ? numbers_of(one) : nullptr,
                         own ? (*own)[*axis] : 0);
        known = known && all.back().first;
    }
    if (known && shape) {
        size_t outer = 1;
        size_t inner = 1;
        for (size_t d = 0; d < rank; ++d) {
            (d < *axis ? outer : inner) *= d == *axis ? 1 : static_cast<size_t>((*shape)[d]);
        }
        made.content = std::make_shared<Numbers>();
        for (size_t o = 0; o < outer; ++o) {
            for (const auto& [numbers, extent] : all) {
                const size_t length = static_cast<size_t>(extent) * inner;
                if (numbers->size() < (o + 1) * length) {
                    made.content = nullptr;
                    return shared(std::move(made));
                }
                made.content->insert(made.content->end(), numbers->begin() + static_cast<std::ptrdiff_t>(o * length),
                                     numbers->begin() + static_cast<std::ptrdiff_t>((o + 1) * length));
            }
        }
    }
    return shared(std::move(made));
}

/// Each element on its own.
Value mapped(const TensorData& self, std::optional<ir::DType> type, const std::function<double(double)>& of) {
    TensorData made{self.shape, type};
    if (self.fill) {
        made.fill = of(*self.fill);
    } else if (self.content) {
        made.content = std::make_shared<Numbers>(*self.content);
        std::ranges::transform(*made.content, made.content->begin(), of);
    } else if (self.random && self.random->whole) {
        const auto numbers = numbers_of(self);
        if (numbers) {
            made.content = std::make_shared<Numbers>(*numbers);
            std::ranges::transform(*made.content, made.content->begin(), of);
        }
    }
    return shared(std::move(made));
}

Value converted(const TensorData& self, std::optional<ir::DType> type) {
    if (!type) {
        return shared(self);
    }
    if (ir::is_float(*type) && self.random) {
        TensorData made = self;
        made.dtype = type;
        return shared(std::move(made));
    }
    return mapped(self, type, [&](double one) {
        return *type == ir::DType::Bool ? one != 0 : ir::is_float(*type) ? one : std::trunc(one);
    });
}

Value repeated(const TensorData& self, const Values& times) {
    // Each dimension so often, new ones in front.
    Value now = shared(self);
    Values shape = self.shape;
    while (shape.size() < times.size()) {
        shape.insert(shape.begin(), Value(int64_t{1}));
    }
    now = reshaped(self, shape);
    for (size_t d = 0; d < times.size() && d < shape.size(); ++d) {
        const auto often = integer(&times[d]);
        if (!often || *often < 0 || *often > 4096) {
            return make_tensor(Values(shape.size(), opaque("a dimension", {})), self.dtype);
        }
        if (*often == 1) {
            continue;
        }
        const Value axis = static_cast<int64_t>(d);
        now = joined(Values(static_cast<size_t>(*often), now), &axis, false, {});
        if (!now.is<TensorValue>()) {
            return now;
        }
    }
    return now;
}

Value expanded(const TensorData& self, Values shape) {
    const size_t more = shape.size() - std::min(shape.size(), self.shape.size());
    for (size_t d = more; d < shape.size(); ++d) {
        if (equal(shape[d], int64_t{-1})) {
            shape[d] = self.shape[d - more];
        }
    }
    TensorData zero{shape, self.dtype};
    zero.fill = 0;
    const Value sum = tensor_binary("+", shared(zero), shared(self), {});
    return sum;
}

}  // namespace

std::optional<Value> tensor_method(const TensorValue& tensor, const std::string& name, const Call& call) {
    const TensorData& self = *tensor.data;
    const Values& args = call.positional;
    const Span span = call.span;
    const size_t rank = self.shape.size();
    const auto scalar = [&](double one) -> Value {
        if (self.dtype == ir::DType::Bool) {
            return one != 0;
        }
        if (self.dtype && ir::is_float(*self.dtype)) {
            return one;
        }
        return one == std::floor(one) ? Value(static_cast<int64_t>(one)) : Value(one);
    };
    if (name == "size" || name == "stride") {
        if (name == "stride") {
            Values strides(rank, Value(int64_t{1}));
            for (size_t d = rank; d-- > 1;) {
                const auto a = integer(&strides[d]);
                const auto b = integer(&self.shape[d]);
                strides[d - 1] = a && b ? Value(*a * *b) : opaque("a stride", span);
            }
            const Value* which = argument(call, 0, "dim");
            const auto at = axis_of(which, rank);
            return which == nullptr ? tuple(strides) : at ? strides[*at] : opaque("a stride", span);
        }
        const Value* which = argument(call, 0, "dim");
        const auto at = axis_of(which, rank);
        return which == nullptr ? tuple(self.shape) : at ? self.shape[*at] : opaque("a size", span);
    }
    if (name == "dim" || name == "ndimension") {
        return static_cast<int64_t>(rank);
    }
    if (name == "numel" || name == "nelement") {
        const auto shape = shape_of(self);
        return shape ? Value(count_of(*shape)) : opaque("a count", span);
    }
    if (name == "item") {
        const auto numbers = numbers_of(self);
        return numbers && numbers->size() == 1 ? scalar(numbers->front()) : opaque("an element", span);
    }
    if (name == "tolist") {
        const auto shape = shape_of(self);
        const auto numbers = shape ? numbers_of(self) : nullptr;
        if (!numbers) {
            return opaque("a list", span);
        }
        const auto part = [&](auto& again, size_t d, size_t& at) -> Value {
            if (d == shape->size()) {
                return scalar((*numbers)[at++]);
            }
            Values items;
            for (int64_t i = 0; i < (*shape)[d]; ++i) {
                items.push_back(again(again, d + 1, at));
            }
            return list(std::move(items));
        };
        size_t at = 0;
        return part(part, 0, at);
    }
    static const std::set<std::string, std::less<>> reductions{
        "sum", "max", "min", "any", "all", "mean", "prod", "argmax", "argmin", "count_nonzero", "amax", "amin"};
    if (reductions.contains(name)) {
        const std::string op = name == "amax" ? "max" : name == "amin" ? "min" : name;
        std::optional<Value> made = reduce(self, op, call);
        if (!made && !args.empty()) {
            return tensor_binary("+", tensor, args[0], span);  // the greater of two: only its shape is looked at
        }
        if (made && made->is<TupleValue>() && name != op) {
            return items_of(*made)->front();
        }
        return made;
    }
    if (name == "cumsum" || name == "cumprod") {
        const auto axis = axis_of(argument(call, 0, "dim"), rank);
        if (!axis) {
            return opaque("a tensor", span);
        }
        return line_by_line(self, *axis, type_given(call, reduced_type("cumsum", self.dtype)), std::nullopt,
                            [&](Numbers& line) {
                                for (size_t i = 1; i < line.size(); ++i) {
                                    line[i] = name == "cumsum" ? line[i] + line[i - 1] : line[i] * line[i - 1];
                                }
                            });
    }
    if (name == "sort" || name == "argsort" || name == "topk") {
        return ordered(self, name, call);
    }
    if (name == "nonzero") {
        const auto shape = shape_of(self);
        const auto numbers = shape ? numbers_of(self) : nullptr;
        const bool apart = integer(keyword(call, "as_tuple")).value_or(0) != 0;
        if (!numbers) {
            return apart ? opaque("indices", span)
                         : make_tensor({opaque("a count", span), static_cast<int64_t>(rank)}, ir::DType::Int64);
        }
        std::vector<Numbers> columns(rank);
        for (size_t i = 0; i < numbers->size(); ++i) {
            if ((*numbers)[i] != 0) {
                size_t rest = i;
                for (size_t d = rank; d-- > 0;) {
                    columns[d].push_back(static_cast<double>(rest % static_cast<size_t>((*shape)[d])));
                    rest /= static_cast<size_t>((*shape)[d]);
                }
            }
        }
        const auto count = columns.empty() ? int64_t{0} : static_cast<int64_t>(columns[0].size());
        if (apart) {
            Values all;
            for (Numbers& one : columns) {
                all.push_back(make_tensor(Shape{count}, ir::DType::Int64, std::move(one)));
            }
            return tuple(std::move(all));
        }
        Numbers rows;
        for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
            for (const Numbers& one : columns) {
                rows.push_back(one[i]);
            }
        }
        return make_tensor(Shape{count, static_cast<int64_t>(rank)}, ir::DType::Int64, std::move(rows));
    }
    if (name == "view" || name == "reshape" || name == "unflatten") {
        if (name == "view" && args.size() == 1 && type_of(args[0])) {
            // The bits as another type.
            TensorData made{self.shape, type_of(args[0])};
            const auto* last = rank == 0 ? nullptr : made.shape.back().get<int64_t>();
            if (self.dtype && last != nullptr && ir::bits_of(*self.dtype) != ir::bits_of(*made.dtype)) {
                made.shape.back() = *last * static_cast<int64_t>(ir::bits_of(*self.dtype)) /
                                    std::max<int64_t>(1, static_cast<int64_t>(ir::bits_of(*made.dtype)));
            }
            return shared(std::move(made));
        }
        if (name == "unflatten") {
            return opaque("a tensor", span);
        }
        return reshaped(self, sizes(args));
    }
    if (name == "view_as" || name == "reshape_as") {
        const auto* like = args.empty() ? nullptr : args[0].get<TensorValue>();
        return like == nullptr ? opaque("a tensor", span) : reshaped(self, like->data->shape);
    }
    if (name == "expand_as") {
        const auto* like = args.empty() ? nullptr : args[0].get<TensorValue>();
        return like == nullptr ? opaque("a tensor", span) : expanded(self, like->data->shape);
    }
    if (name == "flatten") {
        const Value zero = int64_t{0};
        const Value back = int64_t{-1};
        const Value* from = argument(call, 0, "start_dim");
        const Value* to = argument(call, 1, "end_dim");
        const auto first = axis_of(from == nullptr ? &zero : from, rank);
        const auto last = axis_of(to == nullptr ? &back : to, rank);
        if (!first || !last || *first > *last) {
            return rank == 0 ? reshaped(self, {int64_t{1}}) : opaque("a tensor", span);
        }
        Values shape(self.shape.begin(), self.shape.begin() + static_cast<std::ptrdiff_t>(*first));
        const auto inner = shape_of(TensorData{Values(self.shape.begin() + static_cast<std::ptrdiff_t>(*first),
                                                      self.shape.begin() + static_cast<std::ptrdiff_t>(*last) + 1),
                                               std::nullopt});
        shape.push_back(inner ? Value(count_of(*inner)) : opaque("a dimension", span));
        shape.insert(shape.end(), self.shape.begin() + static_cast<std::ptrdiff_t>(*last) + 1, self.shape.end());
        return reshaped(self, std::move(shape));
    }
    if (name == "expand" || name == "broadcast_to") {
        return expanded(self, sizes(args));
    }
    if (name == "repeat" || name == "tile") {
        return repeated(self, sizes(args));
    }
    if (name == "repeat_interleave") {
        const auto often = integer(argument(call, 0, "repeats"));
        const auto axis = axis_of(argument(call, 1, "dim"), rank);
        if (!often || !axis) {
            return opaque("a tensor", span);
        }
        Values apart = self.shape;
        apart.insert(apart.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, Value(int64_t{1}));
        Values wide = apart;
        wide[*axis + 1] = *often;
        const Value split = reshaped(self, apart);
        const Value many = expanded(*split.get<TensorValue>()->data, wide);
        Values shape = self.shape;
        const auto extent = integer(&shape[*axis]);
        shape[*axis] = extent ? Value(*extent * *often) : opaque("a dimension", span);
        return reshaped(*many.get<TensorValue>()->data, shape);
    }
    if (name == "transpose" || name == "swapaxes" || name == "t") {
        const Value zero = int64_t{0};
        const Value one = int64_t{1};
        const auto a = axis_of(name == "t" ? &zero : argument(call, 0, "dim0"), rank);
        const auto b = axis_of(name == "t" ? &one : argument(call, 1, "dim1"), rank);
        if (!a || !b) {
            return opaque("a tensor", span);
        }
        std::vector<size_t> order(rank);
        std::iota(order.begin(), order.end(), size_t{0});
        std::swap(order[*a], order[*b]);
        return permuted(self, order);
    }
    if (name == "permute") {
        std::vector<size_t> order;
        for (const Value& one : sizes(args)) {
            const auto at = axis_of(&one, rank);
            if (!at || std::ranges::find(order, *at) != order.end()) {
                return opaque("a tensor", span);
            }
            order.push_back(*at);
        }
        return order.size() == rank ? permuted(self, order) : opaque("a tensor", span);
    }
    if (name == "unsqueeze") {
        const auto at = axis_of(argument(call, 0, "dim"), rank + 1);
        if (!at) {
            return opaque("a tensor", span);
        }
        Values shape = self.shape;
        shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(*at), Value(int64_t{1}));
        return reshaped(self, std::move(shape));
    }
    if (name == "squeeze") {
        const Value* which = argument(call, 0, "dim");
        const auto at = axis_of(which, rank);
        Values shape;
        for (size_t d = 0; d < rank; ++d) {
            if (!equal(self.shape[d], int64_t{1}) || (which != nullptr && at != d)) {
                shape.push_back(self.shape[d]);
            }
        }
        return reshaped(self, std::move(shape));
    }
    if (name == "flip" || name == "roll") {
        return make_tensor(self.shape, self.dtype);
    }
    if (name == "chunk" || name == "split" || name == "unbind") {
        const Value zero = int64_t{0};
        const Value* dim = argument(call, name == "unbind" ? 0 : 1, "dim");
        const auto axis = axis_of(dim == nullptr ? &zero : dim, rank);
        const auto* extent = axis ? self.shape[*axis].get<int64_t>() : nullptr;
        if (extent == nullptr) {
            return opaque("parts of a tensor", span);
        }
        std::vector<int64_t> lengths;
        const Value* given = argument(call, 0, name == "chunk" ? "chunks" : "split_size_or_sections");
        if (name == "unbind") {
            lengths.assign(static_cast<size_t>(std::min<int64_t>(*extent, 4096)), 1);
        } else if (given != nullptr && items_of(*given) != nullptr) {
            for (const Value& one : *items_of(*given)) {
                lengths.push_back(integer(&one).value_or(0));
            }
        } else if (const auto many = integer(given); many && *many > 0) {
            const int64_t length = name == "chunk" ? (*extent + *many - 1) / *many : *many;
            for (int64_t at = 0; at < *extent && lengths.size() < 4096; at += length) {
                lengths.push_back(std::min(length, *extent - at));
            }
        }
        Values parts;
        int64_t at = 0;
        for (const int64_t length : lengths) {
            Values index(
                *axis,
                SliceValue{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
            index.push_back(name == "unbind" ? Value(at)
                                             : Value(SliceValue{std::make_shared<const std::array<Value, 3>>(
                                                   std::array<Value, 3>{at, at + length, none()})}));
            parts.push_back(tensor_index(self, tuple(std::move(index)), span));
            at += length;
        }
        return tuple(std::move(parts));
    }
    if (name == "narrow") {
        const auto axis = axis_of(argument(call, 0, "dim"), rank);
        const auto start = integer(argument(call, 1, "start"));
        const auto length = integer(argument(call, 2, "length"));
        if (!axis || !start || !length) {
            return opaque("a tensor", span);
        }
        Values index(
            *axis,
            SliceValue{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
        index.emplace_back(SliceValue{
            std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{*start, *start + *length, none()})});
        return tensor_index(self, tuple(std::move(index)), span);
    }
    if (name == "gather" || name == "index_select" || name == "take_along_dim") {
        const Value* index = argument(call, 1, "index");
        const auto axis = axis_of(argument(call, 0, "dim"), rank);
        const auto* at = index == nullptr ? nullptr : index->get<TensorValue>();
        if (at == nullptr || !axis) {
            return opaque("a tensor", span);
        }
        if (name == "index_select") {
            Values all(
                *axis,
                SliceValue{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{none(), none(), none()})});
            all.push_back(*index);
            return tensor_index(self, tuple(std::move(all)), span);
        }
        const auto shape = shape_of(self);
        if (rank == 2 && *axis == 0 && shape && at->data->shape.size() == 2) {
            return make_tensor(at->data->shape, self.dtype);
        }
        return make_tensor(at->data->shape, self.dtype);
    }
    if (name == "index_put_" || name == "scatter_" || name == "scatter_add_" || name == "copy_" ||
        name == "masked_fill_" || name == "index_fill_" || name == "bernoulli_" || name == "exponential_") {
        TensorData& data = *tensor.data;
        const auto* from = args.empty() ? nullptr : args[0].get<TensorValue>();
        const bool whole = name == "copy_" && from != nullptr && shape_of(*from->data) == shape_of(data);
        data.content = whole ? from->data->content : nullptr;
        data.fill = whole ? from->data->fill : std::nullopt;
        data.random = whole ? from->data->random : std::nullopt;
        return tensor;
    }
    if (name == "scatter" || name == "masked_fill" || name == "where" || name == "lerp" || name == "addcmul") {
        return make_tensor(self.shape, self.dtype);
    }
    if (name == "zero_" || name == "fill_") {
        tensor.data->content = nullptr;
        tensor.data->random = std::nullopt;
        tensor.data->fill = name == "zero_" ? std::optional(0.0) : args.empty() ? std::nullopt : real(args[0]);
        return tensor;
    }
    if (name == "random_" || name == "normal_" || name == "uniform_") {
        tensor.data->content = nullptr;
        tensor.data->fill = std::nullopt;
        tensor.data->random = std::nullopt;
        return tensor;
    }
    static const std::map<std::string, const char*, std::less<>> operators{
        {"add", "+"},         {"sub", "-"},       {"mul", "*"},           {"div", "/"},         {"lt", "<"},
        {"le", "<="},         {"gt", ">"},        {"ge", ">="},           {"eq", "=="},         {"ne", "!="},
        {"pow", "**"},        {"remainder", "%"}, {"floor_divide", "//"}, {"logical_and", "&"}, {"logical_or", "|"},
        {"bitwise_and", "&"}, {"bitwise_or", "|"}};
    if (const auto op = operators.find(name); op != operators.end() && !args.empty()) {
        return tensor_binary(op->second, tensor, args[0], span);
    }
    if (name.size() > 1 && name.back() == '_' && operators.contains(name.substr(0, name.size() - 1)) && !args.empty()) {
        const Value made = tensor_binary(operators.at(name.substr(0, name.size() - 1)), tensor, args[0], span);
        const TensorData now = *made.get<TensorValue>()->data;
        tensor.data->content = now.content;
        tensor.data->fill = now.fill;
        tensor.data->random = std::nullopt;
        return tensor;
    }
    if (name == "clamp" || name == "clip" || name == "clamp_" || name == "clamp_min" || name == "clamp_max") {
        const Value* low = argument(call, 0, name == "clamp_max" ? "-" : "min");
        const Value* high = name == "clamp_max" ? argument(call, 0, "max") : argument(call, 1, "max");
        const auto least = low == nullptr || name == "clamp_max" ? std::nullopt : real(*low);
        const auto most = high == nullptr ? std::nullopt : real(*high);
        return mapped(self, self.dtype, [&](double one) {
            return std::min(std::max(one, least.value_or(-std::numeric_limits<double>::infinity())),
                            most.value_or(std::numeric_limits<double>::infinity()));
        });
    }
    if (name == "abs") {
        return mapped(self, self.dtype, [](double one) { return std::fabs(one); });
    }
    if (name == "neg") {
        return tensor_unary("-", tensor);
    }
    if (name == "logical_not" || name == "bitwise_not") {
        return tensor_unary("~", tensor);
    }
    if (name == "to" || name == "type") {
        std::optional<ir::DType> dtype;
        for (const Value& one : args) {
            dtype = one.is<ir::DType>() ? type_of(one) : dtype;
            if (const auto* like = one.get<TensorValue>()) {
                dtype = like->data->dtype;
            }
        }
        dtype = type_given(call, dtype);
        return dtype ? converted(self, dtype) : Value(tensor);
    }
    if (name == "type_as") {
        const auto* like = args.empty() ? nullptr : args[0].get<TensorValue>();
        return like == nullptr ? Value(tensor) : converted(self, like->data->dtype);
    }
    static const std::map<std::string, ir::DType, std::less<>> types{
        {"half", ir::DType::Float16}, {"float", ir::DType::Float32}, {"bfloat16", ir::DType::BFloat16},
        {"int", ir::DType::Int32},    {"long", ir::DType::Int64},    {"bool", ir::DType::Bool}};
    if (const auto type = types.find(name); type != types.end()) {
        return converted(self, type->second);
    }
    if (name.starts_with("new_")) {
        TensorData made{sizes(args), type_given(call, self.dtype)};
        if (name == "new_zeros" || name == "new_ones") {
            made.fill = name == "new_zeros" ? 0 : 1;
        } else if (name == "new_full" && args.size() >= 2) {
            made.shape = sizes({args[0]});
            made.fill = real(args[1]);
        }
        return shared(std::move(made));
    }
    static const std::set<std::string, std::less<>> same{
        "cuda",        "cpu",      "contiguous",    "clone",      "detach", "requires_grad_",
        "retain_grad", "squeeze_", "share_memory_", "pin_memory", "detach_"};
    if (same.contains(name)) {
        return name == "clone" ? shared(self) : Value(tensor);
    }
    static const std::set<std::string, std::less<>> alike{
        "exp",     "exp2",    "log",         "log2",     "sqrt",       "rsqrt",      "sin",     "cos",     "tanh",
        "sigmoid", "relu",    "square",      "tril",     "triu",       "erf",        "sign",    "ceil",    "floor",
        "round",   "softmax", "log_softmax", "softmax_", "reciprocal", "exp_",       "maximum", "minimum", "nan_to_num",
        "tril_",   "triu_",   "silu",        "gelu",     "normalize",  "layer_norm", "dropout"};
    if (alike.contains(name)) {
        const auto type = self.dtype && ir::is_float(*self.dtype) ? self.dtype : type_given(call, self.dtype);
        if (name == "maximum" || name == "minimum") {
            return args.empty() ? Value(tensor)
                                : tensor_binary("+", make_tensor(self.shape, self.dtype), args[0], span);
        }
        if (name == "ceil" || name == "floor" || name == "round") {
            return mapped(self, type, [&](double one) {
                return name == "ceil" ? std::ceil(one) : name == "floor" ? std::floor(one) : std::nearbyint(one);
            });
        }
        if ((name == "tril" || name == "triu") && rank == 2) {
            const auto shape = shape_of(self);
            const auto numbers = shape && !self.random ? numbers_of(self) : nullptr;
            const int64_t diagonal = integer(argument(call, 0, "diagonal")).value_or(0);
            if (numbers) {
                Numbers made = *numbers;
                for (size_t i = 0; i < made.size(); ++i) {
                    const int64_t row = static_cast<int64_t>(i) / (*shape)[1];
                    const int64_t column = static_cast<int64_t>(i) % (*shape)[1];
                    if (name == "tril" ? column > row + diagonal : column < row + diagonal) {
                        made[i] = 0;
                    }
                }
                return make_tensor(*shape, self.dtype, std::move(made));
            }
        }
        return make_tensor(self.shape, type);
    }
    if (name == "matmul" || name == "mm" || name == "bmm") {
        return args.empty() ? opaque("a tensor", span) : tensor_binary("@", tensor, args[0], span);
    }
    return std::nullopt;
}

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
    const auto from = first == nullptr ? std::optional(0.0) : real(*first);
    const auto to = last == nullptr ? std::nullopt : real(*last);
    const auto by = step == nullptr ? std::optional(1.0) : real(*step);
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
