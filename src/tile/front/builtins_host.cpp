// The host side of published scripts, as far as it says which sizes they call their kernels with: shapes of torch
// tensors, defaults of argparse, itertools and functools.
#include <algorithm>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

Value tensor(Values shape, std::optional<ir::DType> dtype) {
    return TensorValue{std::make_shared<const TensorData>(TensorData{std::move(shape), dtype, nullptr})};
}

const Value* keyword(const Call& call, std::string_view name) {
    for (const auto& [one, value] : call.keywords) {
        if (one == name) {
            return &value;
        }
    }
    return nullptr;
}

/// The shape of a nested list of numbers.
void list_shape(const Value& value, Values& shape) {
    if (const Values* items = items_of(value)) {
        shape.emplace_back(static_cast<int64_t>(items->size()));
        if (!items->empty()) {
            list_shape(items->front(), shape);
        }
    }
}

/// Sizes given as arguments, or as one sequence.
Values sizes(const Values& args, size_t from = 0) {
    if (args.size() == from + 1 && items_of(args[from]) != nullptr) {
        return *items_of(args[from]);
    }
    return Values(args.begin() + static_cast<std::ptrdiff_t>(std::min(from, args.size())), args.end());
}

std::optional<Value> argparse(const std::string& method, const Call& call) {
    auto& attributes = call.self->get<InstanceValue>()->data->attributes;
    if (method == "add_argument") {
        std::string name;
        for (const Value& one : call.positional) {
            const std::string flag = str(one);
            if (name.empty() || flag.starts_with("--")) {
                name = flag;
            }
        }
        if (const Value* destination = keyword(call, "dest")) {
            name = str(*destination);
        }
        name.erase(0, name.find_first_not_of('-'));
        std::ranges::replace(name, '-', '_');
        Value value = none();
        if (const Value* fallback = keyword(call, "default")) {
            value = *fallback;
        } else if (const Value* action = keyword(call, "action")) {
            const std::string what = str(*action);
            value = what == "store_true" ? Value(false) : what == "store_false" ? Value(true) : none();
        }
        // type= converts a default that is text.
        const Value* type = keyword(call, "type");
        if (const auto* text = value.get<std::string>(); text != nullptr && type != nullptr) {
            if (const auto* one = type->get<BuiltinValue>()) {
                if (one->name == "builtins.int") {
                    value = static_cast<int64_t>(std::strtoll(text->c_str(), nullptr, 10));
                } else if (one->name == "builtins.float") {
                    value = std::strtod(text->c_str(), nullptr);
                }
            }
        }
        attributes.insert_or_assign(name, value);
        return none();
    }
    if (method == "parse_args" || method == "parse_known_args") {
        InstanceValue names{std::make_shared<InstanceData>()};
        names.data->kind = "namespace";
        names.data->attributes = attributes;
        return method == "parse_args" ? Value(names) : tuple({names, list({})});
    }
    if (method == "add_argument_group" || method == "add_mutually_exclusive_group") {
        return *call.self;
    }
    if (method == "set_defaults") {
        for (const auto& [name, value] : call.keywords) {
            attributes.insert_or_assign(name, value);
        }
        return none();
    }
    return std::nullopt;
}

std::optional<Value> itertools(const std::string& name, const std::vector<Values>& columns) {
    if (name == "product") {
        Values rows{tuple({})};
        for (const Values& column : columns) {
            Values longer;
            for (const Value& row : rows) {
                for (const Value& one : column) {
                    Values parts = *items_of(row);
                    parts.push_back(one);
                    longer.push_back(tuple(std::move(parts)));
                }
            }
            if (longer.size() > 1'000'000) {
                return std::nullopt;
            }
            rows = std::move(longer);
        }
        return list(std::move(rows));
    }
    if (name == "chain") {
        Values all;
        for (const Values& column : columns) {
            all.insert(all.end(), column.begin(), column.end());
        }
        return list(std::move(all));
    }
    if (name == "accumulate" || name == "pairwise") {
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Value> Evaluator::host_builtin(const std::string& name, const Call& call) {
    const Values& args = call.positional;
    const Span span = call.span;
    if (name == "torch.cuda.is_available" && !lenient_) {
        return false;
    }
    if (name.starts_with("torch.") && !name.starts_with("torch.cuda.")) {
        const std::string what = name.substr(6);
        std::optional<ir::DType> dtype;
        if (const Value* given = keyword(call, "dtype")) {
            dtype = dtype_of(*given);
        }
        if (what == "randn" || what == "rand" || what == "zeros" || what == "ones" || what == "empty") {
            const Value* size = keyword(call, "size");
            return tensor(size != nullptr && items_of(*size) != nullptr ? *items_of(*size) : sizes(args), dtype);
        }
        if (what == "full" && !args.empty()) {
            return tensor(sizes({args[0]}), dtype);
        }
        if (what == "randint") {
            const Value* size = keyword(call, "size");
            for (const Value& one : args) {
                if (items_of(one) != nullptr) {
                    size = &one;
                }
            }
            return size == nullptr ? opaque("a tensor", span) : tensor(sizes({*size}), dtype);
        }
        if (what == "arange") {
            if (args.size() == 1) {
                return tensor({args[0]}, dtype);
            }
            return args.size() == 2 ? tensor({binary("-", args[1], args[0], span)}, dtype) : opaque("a tensor", span);
        }
        if (what == "tensor" && !args.empty()) {
            Values shape;
            list_shape(args[0], shape);
            TensorData made{std::move(shape), dtype, nullptr};
            if (const Values* items = items_of(args[0]); items != nullptr && made.shape.size() == 1) {
                made.content = std::make_shared<const Values>(*items);
            }
            return TensorValue{std::make_shared<const TensorData>(std::move(made))};
        }
        if ((what.ends_with("_like") || what == "clone" || what == "abs" || what == "exp") && !args.empty() &&
            args[0].is<TensorValue>()) {
            const TensorData& like = *args[0].get<TensorValue>()->data;
            return tensor(like.shape, dtype ? dtype : like.dtype);
        }
        return opaque("the result of " + name + "()", span);
    }
    if (name == "argparse.ArgumentParser") {
        InstanceValue parser{std::make_shared<InstanceData>()};
        parser.data->kind = "argparse";
        return parser;
    }
    if (name.starts_with("argparse.") && call.self != nullptr) {
        return argparse(name.substr(9), call);
    }
    if (name.starts_with("namespace.") || name.starts_with("argparse.")) {
        return opaque(name, span);
    }
    if (name.starts_with("itertools.")) {
        std::vector<Values> columns;
        const Value* repeat = keyword(call, "repeat");
        const int64_t times = repeat == nullptr ? 1 : to_int(*repeat, span, "repeat");
        for (int64_t i = 0; i < times; ++i) {
            for (const Value& one : args) {
                columns.push_back(iterate(one, span));
            }
        }
        return itertools(name.substr(10), columns);
    }
    if (name == "functools.partial" && !args.empty()) {
        return PartialValue{std::make_shared<const Value>(args[0]),
                            std::make_shared<const Values>(args.begin() + 1, args.end()),
                            std::make_shared<const std::vector<std::pair<std::string, Value>>>(call.keywords)};
    }
    if (name == "functools.reduce" && args.size() >= 2) {
        Values items = iterate(args[1], span);
        if (args.size() == 3) {
            items.insert(items.begin(), args[2]);
        }
        if (items.empty()) {
            fail("tile-call", span, "reduce() of nothing");
        }
        Value total = items[0];
        for (size_t i = 1; i < items.size(); ++i) {
            Call inner;
            inner.positional = {total, items[i]};
            inner.places = {span, span};
            inner.span = span;
            total = call_value(args[0], inner);
        }
        return total;
    }
    if (name.starts_with("functools.")) {
        // Decorators that change nothing that is seen here.
        return args.size() == 1 && args[0].is<FunctionValue>() ? args[0] : opaque(name, span);
    }
    if ((name == "operator.mul" || name == "operator.add") && args.size() == 2) {
        return binary(name == "operator.mul" ? "*" : "+", args[0], args[1], span);
    }
    if (name == "torch.cuda.get_device_capability") {
        return tuple({int64_t{8}, int64_t{0}});
    }
    if (name == "tilelang.determine_fp8_type") {
        return ir::DType::Float8E4M3;
    }
    if (name == "tilelang.AutoTuner.from_kernel") {
        const Value* kernel = args.empty() ? keyword(call, "kernel") : args.data();
        const Value* configs = args.size() > 1 ? &args[1] : keyword(call, "configs");
        if (kernel != nullptr && configs != nullptr && kernel->is<FunctionValue>()) {
            const auto& function = kernel->get<FunctionValue>()->data;
            function->configs = std::make_shared<Value>(*configs);
            Call none_given;
            none_given.span = span;
            record(function, none_given);
        }
        return opaque("an autotuner", span);
    }
    if (name == "driver.get_num_sms") {
        // The worker cores of a Wormhole chip, as programs that are one block a core count them.
        return int64_t{64};
    }
    if (name == "tilelang.next_power_of_2" && args.size() == 1) {
        const int64_t least = to_int(args[0], span, "the argument of next_power_of_2()");
        int64_t power = 1;
        while (power < least) {
            power *= 2;
        }
        return power;
    }
    if (name == "tilelang.jit" || name == "tilelang.autotune") {
        if (!args.empty() && args[0].is<FunctionValue>()) {
            const Value partial =
                PartialValue{std::make_shared<const Value>(builtin(name)), std::make_shared<const Values>(),
                             std::make_shared<const std::vector<std::pair<std::string, Value>>>(call.keywords)};
            return decorate(partial, args[0], span);
        }
        return PartialValue{std::make_shared<const Value>(builtin(name)), std::make_shared<const Values>(args),
                            std::make_shared<const std::vector<std::pair<std::string, Value>>>(call.keywords)};
    }
    if (name == "tilelang.compile") {
        const Value* target = args.empty() ? keyword(call, "func") : args.data();
        const Value* out = keyword(call, "out_idx");
        if (out == nullptr && args.size() > 1) {
            out = &args[1];
        }
        std::vector<int64_t> indices;
        if (out != nullptr) {
            for (const Value& one : sizes({*out})) {
                if (one.is<int64_t>()) {
                    indices.push_back(*one.get<int64_t>());
                }
            }
        }
        std::shared_ptr<FunctionData> function;
        if (target != nullptr && target->is<FunctionValue>()) {
            function = target->get<FunctionValue>()->data;
        } else if (target != nullptr && target->is<InstanceValue>()) {
            const auto& attributes = target->get<InstanceValue>()->data->attributes;
            if (const auto found = attributes.find("recorded"); found != attributes.end()) {
                function = recorded_[static_cast<size_t>(*found->second.get<int64_t>())].function;
            }
        }
        if (function && function->out_idx.empty()) {
            function->out_idx = indices;
        }
        return target != nullptr ? *target : opaque("a kernel", span);
    }
    if (name == "kernel.compile" && call.self != nullptr) {
        if (const auto* function = call.self->get<FunctionValue>()) {
            if (std::optional<Value> made = record(function->data, call)) {
                return made;
            }
        }
        return opaque("a compiled kernel", span);
    }
    if (name == "class.apply" && call.self != nullptr) {
        // torch.autograd.Function: forward, then backward with a gradient like the first argument.
        const auto& names = call.self->get<ClassValue>()->data->environment->names;
        InstanceValue context{std::make_shared<InstanceData>()};
        context.data->kind = "autograd";
        Value result = opaque("a result", span);
        const auto forward = names.find("forward");
        if (forward != names.end() && forward->second.value.is<FunctionValue>()) {
            Call inner = call;
            inner.positional.insert(inner.positional.begin(), Value(context));
            inner.places.insert(inner.places.begin(), span);
            result = call_value(forward->second.value, inner);
        }
        const auto backward = names.find("backward");
        if (backward != names.end() && backward->second.value.is<FunctionValue>() && !args.empty()) {
            Call inner;
            inner.positional = {context, args[0]};
            inner.places = {span, span};
            inner.span = span;
            try {
                call_value(backward->second.value, inner);
            } catch (const EvalError& error) {
                if (error.name == "tile-too-long") {
                    throw;
                }
            }
        }
        return result;
    }
    if (name == "autograd.save_for_backward" && call.self != nullptr) {
        call.self->get<InstanceValue>()->data->attributes.insert_or_assign("saved_tensors", tuple(args));
        return none();
    }
    if (name.starts_with("tensor.") && call.self != nullptr && call.self->is<TensorValue>()) {
        const TensorData& self = *call.self->get<TensorValue>()->data;
        const std::string what = name.substr(7);
        const auto axis = [&](const Value& value) -> std::optional<size_t> {
            const auto* at = value.get<int64_t>();
            if (at == nullptr) {
                return std::nullopt;
            }
            const int64_t one = *at < 0 ? *at + static_cast<int64_t>(self.shape.size()) : *at;
            return one < 0 || one >= static_cast<int64_t>(self.shape.size()) ? std::nullopt
                                                                             : std::optional(static_cast<size_t>(one));
        };
        if (what == "size") {
            if (args.empty()) {
                return tuple(self.shape);
            }
            const auto at = axis(args[0]);
            return at ? self.shape[*at] : opaque("a size", span);
        }
        if (self.content && (what == "max" || what == "min" || what == "sum" || what == "tolist") && args.empty()) {
            Call inner;
            inner.positional = {list(*self.content)};
            inner.places = {span};
            inner.span = span;
            return what == "tolist" ? inner.positional[0] : python_builtin(what, inner).value_or(none());
        }
        if (what == "dim" || what == "ndimension") {
            return static_cast<int64_t>(self.shape.size());
        }
        if (what == "numel" || what == "nelement") {
            Value total = int64_t{1};
            for (const Value& one : self.shape) {
                total = binary("*", total, one, span);
            }
            return total;
        }
        if (what == "view" || what == "reshape" || what == "expand" || what == "new_empty" || what == "new_zeros") {
            Values shape = sizes(args);
            Value total = int64_t{1};
            for (const Value& one : self.shape) {
                total = binary("*", total, one, span);
            }
            Value rest = int64_t{1};
            for (const Value& one : shape) {
                if (!equal(one, int64_t{-1})) {
                    rest = binary("*", rest, one, span);
                }
            }
            for (Value& one : shape) {
                if (equal(one, int64_t{-1}) && rest.is<int64_t>() && *rest.get<int64_t>() != 0) {
                    one = binary("//", total, rest, span);
                }
            }
            return tensor(std::move(shape), self.dtype);
        }
        if (what == "transpose" && args.size() == 2) {
            const auto a = axis(args[0]);
            const auto b = axis(args[1]);
            if (!a || !b) {
                return opaque("a tensor", span);
            }
            Values shape = self.shape;
            std::swap(shape[*a], shape[*b]);
            return tensor(std::move(shape), self.dtype);
        }
        if (what == "permute") {
            Values shape;
            for (const Value& one : sizes(args)) {
                const auto at = axis(one);
                if (!at) {
                    return opaque("a tensor", span);
                }
                shape.push_back(self.shape[*at]);
            }
            return tensor(std::move(shape), self.dtype);
        }
        if (what == "unsqueeze" && args.size() == 1 && args[0].is<int64_t>()) {
            Values shape = self.shape;
            const int64_t at = *args[0].get<int64_t>();
            const auto size = static_cast<int64_t>(shape.size());
            const int64_t place = at < 0 ? at + size + 1 : at;
            if (place >= 0 && place <= size) {
                shape.insert(shape.begin() + place, Value(int64_t{1}));
            }
            return tensor(std::move(shape), self.dtype);
        }
        if (what == "half" || what == "float" || what == "bfloat16" || what == "int" || what == "long") {
            return tensor(self.shape, ir::dtype_from_name(what));
        }
        if (what == "to" || what == "type") {
            std::optional<ir::DType> dtype = self.dtype;
            for (const Value& one : args) {
                dtype = one.is<ir::DType>() ? dtype_of(one) : dtype;
            }
            if (const Value* given = keyword(call, "dtype")) {
                dtype = dtype_of(*given);
            }
            return tensor(self.shape, dtype);
        }
        static const std::set<std::string, std::less<>> same{
            "cuda",  "cpu",  "contiguous", "clone",       "detach",  "requires_grad_", "normal_", "uniform_",
            "clamp", "abs",  "zero_",      "fill_",       "random_", "copy_",          "div_",    "mul_",
            "add_",  "exp",  "softmax",    "log_softmax", "sigmoid", "masked_fill",    "bool",    "tril",
            "triu",  "sub_", "softmax_",   "retain_grad", "cumsum",  "relu",           "squeeze_"};
        if (same.contains(what)) {
            return *call.self;
        }
        return opaque("a tensor", span);
    }
    if (call.self != nullptr && call.self->is<InstanceValue>()) {
        const auto& data = *call.self->get<InstanceValue>()->data;
        if (data.kind == "kernel" || data.kind == "autograd") {
            return opaque("the result of a kernel", span);
        }
    }
    return std::nullopt;
}

Value Evaluator::tensor_attribute(const TensorValue& one, const std::string& name, Span span) {
    const TensorData& self = *one.data;
    if (name == "shape") {
        return tuple(self.shape);
    }
    if (name == "dtype") {
        return self.dtype ? Value(*self.dtype) : opaque("a dtype", span);
    }
    if (name == "ndim") {
        return static_cast<int64_t>(self.shape.size());
    }
    if (name == "T" || name == "mT") {
        Values shape = self.shape;
        if (shape.size() >= 2) {
            std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
        }
        return tensor(std::move(shape), self.dtype);
    }
    if (name == "device" || name == "grad" || name == "data" || name == "is_cuda") {
        return name == "data" ? Value(one) : opaque("tensor." + name, span);
    }
    return BuiltinValue{"tensor." + name, std::make_shared<const Value>(one)};
}

}  // namespace tessera::tile::front
