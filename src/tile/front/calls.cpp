// Calls and attributes of whatever a value can be.
#include <algorithm>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {

void Evaluator::bind_parameters(const FunctionData& function, const Call& call, const Env& environment) {
    const auto& parameters = function.parameters();
    std::vector<Value> values(parameters.size());
    Values rest;
    DictValue more{std::make_shared<std::vector<std::pair<Value, Value>>>()};
    const auto star =
        std::ranges::find_if(parameters, [](const Parameter& one) { return one.kind == ParameterKind::Star; });
    const auto double_star =
        std::ranges::find_if(parameters, [](const Parameter& one) { return one.kind == ParameterKind::DoubleStar; });
    size_t next = 0;
    for (size_t i = 0; i < call.positional.size(); ++i) {
        while (next < parameters.size() && parameters[next].kind != ParameterKind::Positional &&
               parameters[next].kind != ParameterKind::PositionalOnly) {
            next = parameters.size();
        }
        if (next < parameters.size()) {
            values[next++] = call.positional[i];
        } else if (star != parameters.end()) {
            rest.push_back(call.positional[i]);
        } else {
            fail("tile-call", i < call.places.size() ? call.places[i] : call.span,
                 function.name + " takes " + std::to_string(parameters.size()) + " arguments, and gets more");
        }
    }
    for (size_t i = 0; i < call.keywords.size(); ++i) {
        const auto& [name, value] = call.keywords[i];
        const Span place = i < call.keyword_places.size() ? call.keyword_places[i] : call.span;
        const auto found = std::ranges::find_if(parameters, [&](const Parameter& one) {
            return one.name == name && one.kind != ParameterKind::Star && one.kind != ParameterKind::DoubleStar;
        });
        if (found == parameters.end()) {
            if (double_star != parameters.end()) {
                insert(more, name, value);
                continue;
            }
            std::vector<std::string_view> names;
            names.reserve(parameters.size());
            for (const Parameter& one : parameters) {
                names.push_back(one.name);
            }
            const std::string close = nearest(name, names);
            fail("tile-call", place, function.name + " has no parameter \"" + name + "\"",
                 close.empty() ? "" : "is it " + close + "?");
        }
        Value& slot = values[static_cast<size_t>(found - parameters.begin())];
        if (slot.set()) {
            fail("tile-call", place, function.name + " gets \"" + name + "\" twice");
        }
        slot = value;
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
        const Parameter& one = parameters[i];
        Value value = values[i];
        if (one.kind == ParameterKind::Star) {
            value = tuple(rest);
        } else if (one.kind == ParameterKind::DoubleStar) {
            value = more;
        } else if (!value.set()) {
            value = function.fallbacks[i];
        }
        if (const Value* given = function.jit ? nullptr : override_of(one.name)) {
            value = *given;
        }
        if (!value.set()) {
            if (!lenient_) {
                fail("tile-call", call.span, function.name + " needs an argument for \"" + one.name + "\"");
            }
            value = opaque("the parameter \"" + one.name + "\"", one.span);
        }
        environment->names.insert_or_assign(one.name, Slot{value, static_cast<uint32_t>(scopes_.size())});
    }
}

Value Evaluator::call_function(const std::shared_ptr<FunctionData>& function, const Call& call) {
    if (++depth_ > 200) {
        --depth_;
        fail("tile-too-long", call.span, function->name + " calls itself too deeply");
    }
    const Env environment = std::make_shared<Environment>();
    environment->parent = function->closure;
    const Env before = env_;
    const Staging staging = staging_;
    const auto running = function_;
    const std::string naming = std::exchange(naming_, "");
    const size_t outer = std::exchange(outer_scopes_, scopes_.size());
    const auto restore = [&] {
        env_ = before;
        staging_ = staging;
        function_ = running;
        naming_ = naming;
        outer_scopes_ = outer;
        --depth_;
    };
    Value result = none();
    try {
        bind_parameters(*function, call, environment);
        env_ = environment;
        staging_ = function->staging == Staging::Macro ? Staging::Macro : Staging::Host;
        function_ = function;
        if (function->lambda != nullptr) {
            result = eval(*function->lambda->items[0]);
        } else {
            returned_ = none();
            const Flow flow = run(function->definition->body);
            if (flow == Flow::Return) {
                result = returned_;
            }
        }
    } catch (...) {
        restore();
        throw;
    }
    restore();
    return result;
}

std::optional<Value> Evaluator::record(const std::shared_ptr<FunctionData>& function, const Call& call) {
    if (!lenient_ || (function->staging != Staging::Factory && !function->jit)) {
        return std::nullopt;
    }
    Recorded one;
    one.function = function;
    one.span = call.span;
    const auto& parameters = function->parameters();
    for (size_t i = 0; i < call.positional.size() && i < parameters.size(); ++i) {
        if (!call.positional[i].is<OpaqueValue>()) {
            one.arguments.insert_or_assign(parameters[i].name, call.positional[i]);
        }
    }
    for (const auto& [name, value] : call.keywords) {
        const bool known = std::ranges::any_of(parameters, [&](const Parameter& p) { return p.name == name; });
        if (!value.is<OpaqueValue>()) {
            (known ? one.arguments : one.dimensions).insert_or_assign(name, value);
        }
    }
    recorded_.push_back(std::move(one));
    InstanceValue kernel{std::make_shared<InstanceData>()};
    kernel.data->kind = "kernel";
    const size_t index = recorded_.size() - 1;
    kernel.data->attributes.insert_or_assign("recorded", static_cast<int64_t>(index));
    const auto is_tensor = [](const auto& argument) { return argument.second.template is<TensorValue>(); };
    if (function->staging == Staging::Eager && std::ranges::any_of(recorded_.back().arguments, is_tensor)) {
        // Called with tensors it runs.
        Call none_more;
        none_more.span = call.span;
        const Value result = kernel_result(index, none_more);
        return result.is<OpaqueValue>() ? Value(kernel) : result;
    }
    return kernel;
}

Value Evaluator::call_class(const ClassValue& type, const Call& call) {
    InstanceValue made{std::make_shared<InstanceData>()};
    made.data->type = type.data;
    const auto init = type.data->environment->names.find("__init__");
    if (init != type.data->environment->names.end()) {
        if (const auto* function = init->second.value.get<FunctionValue>()) {
            Call inner = call;
            inner.positional.insert(inner.positional.begin(), Value(made));
            inner.places.insert(inner.places.begin(), call.span);
            call_function(function->data, inner);
        }
        return made;
    }
    // A dataclass: its annotated names, with their defaults, are its parameters.
    for (const auto& [name, slot] : type.data->environment->names) {
        made.data->attributes.try_emplace(name, slot.value);
    }
    for (const auto& [name, value] : call.keywords) {
        made.data->attributes.insert_or_assign(name, value);
    }
    return made;
}

Value Evaluator::call_value(const Value& function, const Call& call) {
    if (const auto* one = function.get<FunctionValue>()) {
        if (std::optional<Value> made = record(one->data, call)) {
            return *made;
        }
        if (one->data->staging == Staging::PrimFunc || (one->data->jit && in_block())) {
            if (lenient_) {
                return opaque("a kernel's result", call.span);
            }
            fail("tile-call", call.span, "the kernel " + one->data->name + " is called in a kernel",
                 "a @T.macro can be called there");
        }
        return call_function(one->data, call);
    }
    if (const auto* partial = function.get<PartialValue>()) {
        Call inner = call;
        inner.positional.insert(inner.positional.begin(), partial->arguments->begin(), partial->arguments->end());
        inner.places.insert(inner.places.begin(), partial->arguments->size(), call.span);
        for (const auto& [name, value] : *partial->keywords) {
            if (std::ranges::none_of(inner.keywords, [&](const auto& one) { return one.first == name; })) {
                inner.keywords.emplace_back(name, value);
                inner.keyword_places.push_back(call.span);
            }
        }
        // A decorator with arguments, applied to its function.
        const auto* name = partial->function->get<BuiltinValue>();
        if (name != nullptr && name->name.starts_with("tilelang.") && call.positional.size() == 1) {
            return decorate(function, call.positional[0], call.span);
        }
        return call_value(*partial->function, inner);
    }
    if (const auto* one = function.get<BuiltinValue>()) {
        Call inner = call;
        inner.self = one->self.get();
        return call_builtin(one->name, inner);
    }
    if (const auto* type = function.get<ir::DType>()) {
        if (call.positional.size() != 1) {
            fail("tile-call", call.span, std::string(ir::name_of(*type)) + "() converts one value");
        }
        return to_expr(call.positional[0], *type, call.span);
    }
    if (const auto* type = function.get<ClassValue>()) {
        return call_class(*type, call);
    }
    if (const auto* instance = function.get<InstanceValue>()) {
        const auto& attributes = instance->data->attributes;
        if (const auto made = attributes.find("recorded"); made != attributes.end() && lenient_) {
            return kernel_result(static_cast<size_t>(*made->second.get<int64_t>()), call);
        }
        if (instance->data->type) {
            const auto found = instance->data->type->environment->names.find("__call__");
            const auto forward = instance->data->type->environment->names.find("forward");
            const auto& names = instance->data->type->environment->names;
            const auto& method = found != names.end() ? found : forward;
            if (method != names.end() && method->second.value.is<FunctionValue>()) {
                Call inner = call;
                inner.positional.insert(inner.positional.begin(), function);
                inner.places.insert(inner.places.begin(), call.span);
                return call_value(method->second.value, inner);
            }
        }
        return opaque("the result of a call", call.span);
    }
    if (const auto* unknown = function.get<OpaqueValue>()) {
        if (in_block() && !unknown->hint) {
            fail("tile-unknown-value", call.span, *unknown->what + " is called in a kernel, and is not known here",
                 "only tilelang, math, itertools and functools are known");
        }
        if (unknown->hint && in_block()) {
            ignored(*unknown->what, call.span);
        }
        Value result = opaque("the result of " + *unknown->what + "()", call.span, unknown->hint);
        if (lenient_ && !call.positional.empty() && unknown->what->find("norm") != std::string::npos) {
            if (const auto* tensor = call.positional[0].get<TensorValue>()) {
                OpaqueValue like = *result.get<OpaqueValue>();
                like.like = tensor->data;
                result = like;
            }
        }
        return result;
    }
    if (function.is<ModuleValue>() || function.is<TensorValue>() || lenient_) {
        return opaque("the result of a call", call.span);
    }
    if (const auto* foreign = function.get<ForeignTypeValue>()) {
        fail("tile-dtype", call.span, "the element type " + foreign->name + " has no meaning on Tensix");
    }
    fail("tile-type", call.span, type_name(function) + " cannot be called");
}

Value Evaluator::call_builtin(const std::string& name, const Call& call) {
    if (name.starts_with("T.")) {
        if (std::optional<Value> value = tile_builtin(name.substr(2), call)) {
            return *value;
        }
        if (lenient_) {
            return opaque(name, call.span);
        }
        refuse_tile(name.substr(2), call.span);
    }
    std::optional<Value> value;
    if (name.starts_with("builtins.")) {
        value = python_builtin(name.substr(9), call);
    } else if (call.self != nullptr) {
        value = python_method(name, call);
    } else if (name.starts_with("math.")) {
        value = math_builtin(name.substr(5), call);
    } else {
        value = host_builtin(name, call);
    }
    if (value) {
        return *value;
    }
    if (in_block()) {
        fail("tile-unsupported", call.span, name + "() is not supported in a kernel");
    }
    return opaque("the result of " + name + "()", call.span);
}

// --- attributes -----------------------------------------------------------------------------------------------------

namespace {

Value method(std::string name, const Value& self) {
    return BuiltinValue{std::move(name), std::make_shared<const Value>(self)};
}

Value bound(const Value& function, const Value& self) {
    return PartialValue{std::make_shared<const Value>(function), std::make_shared<const Values>(Values{self}),
                        std::make_shared<const std::vector<std::pair<std::string, Value>>>()};
}

}  // namespace

Value Evaluator::attribute(const Value& object, const std::string& name, Span span) {
    if (const auto* one = object.get<ModuleValue>()) {
        return module_attribute(*one, name, span);
    }
    if (const auto* one = object.get<OpaqueValue>()) {
        return opaque(*one->what + "." + name, span, one->hint);
    }
    if (const auto* buffer = object.get<ir::Buffer>()) {
        if (name == "shape") {
            Values items;
            for (const ir::Expr& extent : (*buffer)->shape) {
                const auto known = ir::constant(extent);
                items.push_back(known ? Value(*known) : Value(extent));
            }
            return list(std::move(items));
        }
        if (name == "dtype") {
            return (*buffer)->dtype;
        }
        if (name == "name") {
            return (*buffer)->name;
        }
        if (name == "ndim") {
            return static_cast<int64_t>((*buffer)->shape.size());
        }
        if (name == "scope") {
            return method("buffer.scope", object);
        }
        if (name == "data") {
            return method("buffer.data", object);
        }
        if (name == "access_ptr" || name == "address_of" || name == "strides" || name == "elem_offset") {
            fail("tile-gpu-only", span, "the buffer " + (*buffer)->name + " has no address (." + name + ")",
                 "a buffer is made of tiles here; index it, or pass it whole");
        }
        fail("tile-attribute", span, "a buffer has no attribute \"" + name + "\"",
             "shape, dtype, name, ndim and scope() are there");
    }
    if (staged(object)) {
        if (name == "dtype") {
            const auto* element = object.get<ElementValue>();
            return element != nullptr ? Value(element->data->buffer->dtype) : Value(to_expr(object, span)->dtype);
        }
        if (name == "astype") {
            return method("expr.astype", object);
        }
        if (name == "shape" && object.is<ElementValue>()) {
            Values items;
            for (const Index& one : object.get<ElementValue>()->data->indices) {
                if (one.extent) {
                    const auto known = ir::constant(one.extent);
                    items.push_back(known ? Value(*known) : Value(one.extent));
                }
            }
            return list(std::move(items));
        }
        fail("tile-attribute", span, type_name(object) + " has no attribute \"" + name + "\"",
             "dtype and astype() are there");
    }
    if (const auto* type = object.get<ir::DType>()) {
        if (name == "bits") {
            return static_cast<int64_t>(ir::bits_of(*type));
        }
        if (name == "itemsize" || name == "bytes") {
            return static_cast<int64_t>((ir::bits_of(*type) + 7) / 8);
        }
        if (name == "lanes") {
            return int64_t{1};
        }
        if (name == "as_torch" || name == "is_floating_point") {
            return method("dtype." + name, object);
        }
        return method("str." + name, std::string(ir::name_of(*type)));
    }
    if (const auto* one = object.get<TensorValue>()) {
        return tensor_attribute(*one, name, span);
    }
    if (const auto* instance = object.get<InstanceValue>()) {
        const auto found = instance->data->attributes.find(name);
        if (found != instance->data->attributes.end()) {
            return found->second;
        }
        if (instance->data->type) {
            const auto& names = instance->data->type->environment->names;
            const auto member = names.find(name);
            if (member != names.end()) {
                return member->second.value.is<FunctionValue>() ? bound(member->second.value, object)
                                                                : member->second.value;
            }
        }
        if (!instance->data->kind.empty()) {
            return method(instance->data->kind + "." + name, object);
        }
        if (in_block()) {
            fail("tile-attribute", span, "an object has no attribute \"" + name + "\"");
        }
        return opaque("an attribute \"" + name + "\"", span);
    }
    if (const auto* type = object.get<ClassValue>()) {
        const auto& names = type->data->environment->names;
        const auto member = names.find(name);
        if (member != names.end()) {
            return member->second.value;
        }
        if (name == "apply") {
            return method("class.apply", object);
        }
        return opaque(type->data->name + "." + name, span);
    }
    if (object.is<FunctionValue>()) {
        if (name == "compile" || name == "get_tir" || name == "get_kernel_source" || name == "__call__") {
            return method("kernel.compile", object);
        }
        return name == "__name__" ? Value(object.get<FunctionValue>()->data->name)
                                  : opaque("a function's " + name, span);
    }
    if (object.is<ListValue>() || object.is<TupleValue>() || object.is<SetValue>()) {
        if ((name == "values" || name == "indices") && items_of(object)->size() == 2) {
            return (*items_of(object))[name == "values" ? 0 : 1];  // of torch.max, torch.sort and torch.topk
        }
        return method("list." + name, object);
    }
    if (object.is<DictValue>()) {
        return method("dict." + name, object);
    }
    if (object.is<std::string>()) {
        return method("str." + name, object);
    }
    if (const auto* one = object.get<BuiltinValue>()) {
        if (one->name == "T.GemmWarpPolicy") {
            return opaque("T.GemmWarpPolicy." + name, span, true);
        }
        if (one->name == "tilelang.AutoTuner") {
            return builtin("tilelang.AutoTuner." + name);
        }
        if (one->name.starts_with("itertools.") || one->name.starts_with("builtins.") || lenient_) {
            return opaque(one->name + "." + name, span);
        }
        const std::string_view why = gpu_only(std::string_view(one->name).substr(one->name.starts_with("T.") ? 2 : 0));
        if (!why.empty()) {
            fail("tile-gpu-only", span, one->name + "." + name + " has no meaning on Tensix: " + std::string(why));
        }
        return opaque(one->name + "." + name, span, is_hint(one->name));
    }
    if (object.is<int64_t>() || object.is<double>()) {
        if (name == "bit_length" || name == "is_integer" || name == "astype") {
            return method("number." + name, object);
        }
    }
    if (lenient_) {
        return opaque("an attribute \"" + name + "\"", span);
    }
    fail("tile-attribute", span, type_name(object) + " has no attribute \"" + name + "\"");
}

}  // namespace tessera::tile::front
