// Methods of tensors of a script's host side.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <tile/front/host_parts.h>

namespace tessera::tile::front {

Value tensor_unary(std::string_view op, const TensorValue& operand) {
    const TensorData& data = *operand.data;
    const bool boolean = data.dtype == ir::DType::Bool;
    const auto numbers = data.random && !data.random->whole ? nullptr : numbers_of(data);
    const auto shape = shape_of(data);
    if (!numbers || !shape) {
        return make_tensor(data.shape, data.dtype);
    }
    Numbers result = *numbers;
    for (double& one : result) {
        one = op == "-" ? -one : op == "+" ? one : boolean ? 1 - one : static_cast<double>(~static_cast<int64_t>(one));
    }
    return make_tensor(*shape, data.dtype, std::move(result));
}

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
    if (name == "diff" && args.empty()) {
        const auto shape = shape_of(self);
        if (!shape || shape->empty()) {
            return opaque("a tensor", span);
        }
        return line_by_line(self, rank - 1, self.dtype, std::max<int64_t>(shape->back() - 1, 0), [](Numbers& line) {
            for (size_t i = 0; i + 1 < line.size(); ++i) {
                line[i] = line[i + 1] - line[i];
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
    if (std::optional<Value> made = shape_method(tensor, name, call)) {
        return made;
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
            if (shape && numbers) {
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

}  // namespace tessera::tile::front
