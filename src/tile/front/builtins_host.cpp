// The host side of published scripts, as far as it says which sizes they call their kernels with: shapes of torch
// tensors, defaults of argparse, itertools and functools.
#include <algorithm>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {
namespace {

/// `override_of`: what --arg gives to an option's name.
std::optional<Value> argparse(const std::string& method, const Call& call,
                              const std::function<const Value*(const std::string&)>& override_of) {
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
        const Value* given = override_of(name);
        attributes.insert_or_assign(name, given == nullptr ? value : *given);
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
    if (name == "torch.cuda.is_available") {
        return true;  // a device is there
    }
    if (name == "torch.cuda.get_device_name") {
        return std::string("Tenstorrent");
    }
    if (name == "sys.exit") {
        fail("tile-raise", span, "the script ends here, with sys.exit()");
    }
    if ((name.starts_with("torch.") && !name.starts_with("torch.cuda.")) || name.starts_with("numpy.")) {
        return torch_function(name.substr(6), call).value_or(opaque("the result of " + name + "()", span));
    }
    if (name.starts_with("einops.")) {
        return einops_function(name.substr(7), call);
    }
    if (name == "argparse.ArgumentParser") {
        InstanceValue parser{std::make_shared<InstanceData>()};
        parser.data->kind = "argparse";
        return parser;
    }
    if (name.starts_with("argparse.") && call.self != nullptr) {
        return argparse(name.substr(9), call, [&](const std::string& one) { return override_of(one); });
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
            // A gradient for each result; of one that is not known, like the first argument.
            Call inner;
            inner.positional = {context};
            const Values results = items_of(result) != nullptr ? *items_of(result) : Values{result};
            for (const Value& one : results) {
                const Value& like = one.is<TensorValue>() ? one : args[0];
                const auto* shaped = like.get<TensorValue>();
                inner.positional.push_back(shaped == nullptr ? like
                                                             : make_tensor(shaped->data->shape, shaped->data->dtype));
            }
            inner.places.assign(inner.positional.size(), span);
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
        return tensor_method(*call.self->get<TensorValue>(), name.substr(7), call).value_or(opaque("a tensor", span));
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
        Call call;
        call.span = span;
        call.positional = {int64_t{-2}, int64_t{-1}};
        return self.shape.size() < 2 ? Value(one) : tensor_method(one, "transpose", call).value_or(none());
    }
    if (name == "grad") {
        return make_tensor(self.shape, self.dtype);
    }
    if (name == "is_cuda" || name == "data") {
        return name == "data" ? Value(one) : Value(true);
    }
    if (name == "device" || name == "layout" || name == "grad_fn" || name == "requires_grad") {
        return opaque("tensor." + name, span);
    }
    return BuiltinValue{"tensor." + name, std::make_shared<const Value>(one)};
}

}  // namespace tessera::tile::front
