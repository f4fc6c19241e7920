// Following a script's host side: what its own main and its tests call the kernels with.
#include <algorithm>
#include <deque>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {
namespace {

bool is_kernel(const Stmt& stmt) {
    return std::ranges::any_of(stmt.decorators, [](const Expr* one) {
        const Expr& named = one->kind == ExprKind::Call ? *one->items[0] : *one;
        return named.text == "prim_func";
    });
}

template <class Visit>
void walk(const Body& body, const Visit& visit) {
    for (const Stmt* stmt : body) {
        visit(*stmt);
        walk(stmt->body, visit);
        walk(stmt->otherwise, visit);
    }
}

void names_in(const Expr& expr, std::set<std::string, std::less<>>& names) {
    if (expr.kind == ExprKind::Name) {
        names.insert(expr.text);
    }
    for (const Expr* item : expr.items) {
        if (item != nullptr) {
            names_in(*item, names);
        }
    }
}

/// T.Tensor(shape, dtype) and T.Tensor[shape, dtype]: the shape.
const Expr* shape_in(const Expr* annotation) {
    if (annotation == nullptr || annotation->items.size() < 2 ||
        (annotation->kind != ExprKind::Call && annotation->kind != ExprKind::Subscript)) {
        return nullptr;
    }
    const std::string& kind = annotation->items[0]->text;
    if (kind != "Tensor" && kind != "StridedTensor" && kind != "Buffer" && kind != "empty") {
        return nullptr;
    }
    const Expr* first = annotation->items[1];
    return annotation->kind == ExprKind::Subscript && first->kind == ExprKind::Tuple && !first->items.empty()
               ? first->items[0]
               : first;
}

}  // namespace

void Evaluator::run_module(const Tree& tree) {
    globals_ = std::make_shared<Environment>();
    env_ = globals_;
    lenient_ = true;
    step_limit_ = 2'000'000;
    steps_ = 0;
    work_on_tensors() = 0;
    attempt([&] { run(tree.body); });  // what was bound until it fails is there
}

void Evaluator::follow(const Tree& tree) {
    // Kernels that the script's own main never reaches may be called by functions that can be called without arguments,
    // such as tests.
    const auto reached = [&](const std::shared_ptr<FunctionData>& function) {
        return std::ranges::any_of(recorded_,
                                   [&](const Recorded& one) { return one.function->span == function->span; });
    };
    const auto all = [&] { return !candidates_.empty() && std::ranges::all_of(candidates_, reached); };
    for (int round = 0; round < 2 && !all(); ++round) {
        for (const Stmt* stmt : tree.body) {
            if (stmt->kind != StmtKind::Function || all()) {
                continue;
            }
            const bool free = std::ranges::all_of(stmt->parameters, [](const Parameter& one) {
                return one.fallback != nullptr || one.kind == ParameterKind::Star ||
                       one.kind == ParameterKind::DoubleStar;
            });
            const auto found = globals_->names.find(stmt->text);
            // First those that need no arguments, then the others, for the kernels that are defined inside them.
            if (free != (round == 0) || found == globals_->names.end()) {
                continue;
            }
            const auto* function = found->second.value.get<FunctionValue>();
            if (function == nullptr || function->data->staging != Staging::Host || function->data->jit) {
                continue;
            }
            steps_ = 0;
            Call call;
            call.name = stmt->text;
            call.span = stmt->span;
            env_ = globals_;
            attempt([&] { call_function(function->data, call); });  // what it called until it fails is recorded
            env_ = globals_;
        }
    }
    lenient_ = false;
    step_limit_ = 0;
}

Value Evaluator::literal(const std::string& text, const std::string& name) {
    static std::deque<Tree> trees;
    Tree& tree = trees.emplace_back();
    Diagnostics own;
    own.add_file("--arg " + name, text);
    const Expr* expr = parse_expression(text, {.line = 1, .column = 1}, tree, own);
    if (expr == nullptr) {
        fail("tile-argument", {}, "--arg " + name + "=" + text + " is no value: " + own.all().front().message,
             "a Python literal: 1024, 0.5, True, (1, 2), \"float16\"");
    }
    if (expr->kind == ExprKind::Name) {
        if (const auto type = ir::dtype_from_name(expr->text)) {
            return *type;
        }
        if (expr->text == "true" || expr->text == "false") {
            return expr->text == "true";
        }
        return expr->text;
    }
    if (expr->kind == ExprKind::Attribute && expr->items[0]->kind == ExprKind::Name) {
        if (const auto type = ir::dtype_from_name(expr->text)) {
            return *type;
        }
    }
    try {
        return eval(*expr);
    } catch (const EvalError& error) {
        fail("tile-argument", {}, "--arg " + name + "=" + text + " is no value: " + error.message,
             "a Python literal: 1024, 0.5, True, (1, 2), \"float16\"");
    }
}

std::vector<Value> Evaluator::configurations(const FunctionData& function, const Recorded& call) {
    std::vector<Value> list;
    if (!function.configs) {
        return list;
    }
    const bool lenient = std::exchange(lenient_, true);
    try {
        Value configs = *function.configs;
        if (const auto* made = configs.get<FunctionValue>()) {
            // A function of the kernel's own arguments, as far as it takes them.
            Call inner;
            inner.name = made->data->name;
            inner.span = function.span;
            for (const Parameter& one : made->data->parameters()) {
                const auto given = call.arguments.find(one.name);
                if (given != call.arguments.end()) {
                    inner.keywords.emplace_back(one.name, given->second);
                    inner.keyword_places.push_back(function.span);
                }
            }
            configs = call_function(made->data, inner);
        }
        if (const Values* items = items_of(configs)) {
            std::ranges::copy_if(*items, std::back_inserter(list),
                                 [](const Value& one) { return one.is<DictValue>(); });
        }
    } catch (const EvalError&) {
        list.clear();
    }
    lenient_ = lenient;
    return list;
}

// --- what is known of kernels without running them
// --------------------------------------------------------------------

const Value* Evaluator::override_of(const std::string& name) const {
    if (!lenient_ || !main_module_ || overrides_.empty() || build_ != nullptr) {
        return nullptr;
    }
    const auto found = overrides_.find(name);
    if (found == overrides_.end()) {
        return nullptr;
    }
    overridden_.insert(name);
    return &found->second;
}

std::map<std::string, Value, std::less<>> Evaluator::values_by_name() const {
    std::map<std::string, Value, std::less<>> values;
    const auto add = [&](const std::string& name, const Value& value) {
        if (is_host(value) && !value.is<NoneValue>()) {
            values.try_emplace(name, value);
        }
    };
    for (const Recorded& one : recorded_) {
        for (const auto& [name, value] : one.arguments) {
            add(name, value);
        }
        for (const auto& [name, value] : one.dimensions) {
            add(name, value);
        }
    }
    const auto add_defaults = [&](const FunctionData& function) {
        for (size_t i = 0; i < function.parameters().size() && i < function.fallbacks.size(); ++i) {
            add(function.parameters()[i].name, function.fallbacks[i]);
        }
    };
    for (const auto& one : candidates_) {
        add_defaults(*one);
    }
    // Functions of the host side in the order of their names, which is as good as another and always the same.
    for (const auto& [name, slot] : globals_->names) {
        if (const auto* function = slot.value.get<FunctionValue>()) {
            add_defaults(*function->data);
        }
    }
    for (const auto& [name, slot] : globals_->names) {
        add(name, slot.value);
        // What the script has parsed from its command line.
        const auto* instance = slot.value.get<InstanceValue>();
        if (instance != nullptr && instance->data->kind == "namespace") {
            for (const auto& [option, value] : instance->data->attributes) {
                add(option, value);
            }
        }
    }
    return values;
}

std::set<std::string, std::less<>> Evaluator::sizes_of(const FunctionData& function) {
    std::set<std::string, std::less<>> names;
    if (function.definition == nullptr) {
        return names;
    }
    const auto annotations = [&](const std::vector<Parameter>& parameters) {
        for (const Parameter& one : parameters) {
            if (const Expr* shape = shape_in(one.annotation)) {
                names_in(*shape, names);
            }
        }
    };
    annotations(function.parameters());
    std::map<std::string, const Expr*, std::less<>> assigned;
    walk(function.definition->body, [&](const Stmt& stmt) {
        if (stmt.kind == StmtKind::Function && is_kernel(stmt)) {
            annotations(stmt.parameters);
        }
        if (stmt.kind == StmtKind::AnnAssign) {
            if (const Expr* shape = shape_in(stmt.items[1])) {
                names_in(*shape, names);
            }
        }
        if (stmt.kind == StmtKind::Assign && stmt.items.size() == 2 && stmt.items[1]->kind == ExprKind::Name) {
            assigned.try_emplace(stmt.items[1]->text, stmt.items[0]);
            if (const Expr* shape = shape_in(stmt.items[0])) {
                names_in(*shape, names);
            }
        }
    });
    // Through names of the function's own: shape = [batch, heads]; heads = groups * 4.
    for (size_t before = 0; before != names.size();) {
        before = names.size();
        std::set<std::string, std::less<>> more;
        for (const std::string& one : names) {
            if (const auto source = assigned.find(one); source != assigned.end()) {
                names_in(*source->second, more);
            }
        }
        names.insert(more.begin(), more.end());
    }
    return names;
}

std::vector<std::string> Evaluator::run_time_numbers_of(const FunctionData& function) {
    std::vector<std::string> names;
    const auto add = [&](const std::vector<Parameter>& parameters) {
        for (const Parameter& one : parameters) {
            if (one.annotation != nullptr && one.annotation->kind == ExprKind::Attribute &&
                ir::dtype_from_name(one.annotation->text)) {
                names.push_back(one.name);
            }
        }
    };
    if (function.definition == nullptr) {
        return names;
    }
    if (function.staging == Staging::PrimFunc) {
        add(function.parameters());
        return names;
    }
    walk(function.definition->body, [&](const Stmt& stmt) {
        if (stmt.kind == StmtKind::Function && is_kernel(stmt)) {
            add(stmt.parameters);
        }
    });
    return names;
}

const Trial* Evaluator::trial(size_t recorded) {
    if (recorded >= recorded_.size()) {
        return nullptr;
    }
    if (!recorded_[recorded].trial) {
        if (build_ != nullptr || ++trials_ > 64) {
            return nullptr;
        }
        Recorded call = recorded_[recorded];
        const std::vector<Value> configs = configurations(*call.function, call);
        if (!configs.empty()) {
            for (const auto& [name, value] : *configs.front().get<DictValue>()->items) {
                call.arguments.try_emplace(str(name), value);
            }
        }
        Diagnostics quiet;
        Diagnostics* const diagnostics = std::exchange(diagnostics_, &quiet);
        const Env env = env_;
        const auto function = function_;
        const Staging staging = staging_;
        const Value returned = returned_;
        std::vector<Scope> scopes = std::exchange(scopes_, {});
        const size_t outer = std::exchange(outer_scopes_, 0);
        const std::string naming = std::exchange(naming_, "");
        const bool lenient = std::exchange(lenient_, false);
        auto made = std::make_shared<Trial>();
        built_ = nullptr;
        const auto restore = [&] {
            diagnostics_ = diagnostics;
            env_ = env;
            function_ = function;
            staging_ = staging;
            returned_ = returned;
            scopes_ = std::move(scopes);
            outer_scopes_ = outer;
            naming_ = naming;
            lenient_ = lenient;
            build_ = nullptr;
        };
        try {
            made->kernel = build(call.function, call, call.dimensions);
        } catch (...) {
            restore();
            throw;
        }
        restore();
        if (built_) {
            for (const Parameter& one : built_->parameters()) {
                made->parameters.push_back(one.name);
            }
        }
        recorded_[recorded].trial = made;
    }
    return recorded_[recorded].trial.get();
}

Value Evaluator::kernel_result(size_t recorded, const Call& call) {
    Value unknown = opaque("the result of a kernel", call.span);
    const Trial* known = trial(recorded);
    if (known == nullptr) {
        return unknown;
    }
    const ir::Kernel& kernel = known->kernel;
    Recorded& one = recorded_[recorded];
    std::map<std::string, Value, std::less<>> given = one.arguments;  // of an eager kernel, which is called directly
    if (!call.positional.empty() || !call.keywords.empty()) {
        given.clear();
    }
    size_t next = 0;
    for (const std::string& name : known->parameters) {
        if (next < call.positional.size() &&
            std::ranges::none_of(kernel.outputs, [&](const ir::Buffer& output) { return output->name == name; })) {
            given.insert_or_assign(name, call.positional[next++]);
        }
    }
    for (const auto& [name, value] : call.keywords) {
        given.insert_or_assign(name, value);
    }
    std::map<std::string, int64_t, std::less<>> sizes;
    const bool first = one.passed.empty();
    for (auto& [name, value] : given) {
        if (const auto* tensor = value.get<TensorValue>()) {
            value = TensorValue{std::make_shared<TensorData>(*tensor->data)};  // as it is now
            const auto buffer =
                std::ranges::find_if(kernel.params, [&](const ir::Buffer& param) { return param->name == name; });
            if (buffer != kernel.params.end() && (*buffer)->shape.size() == tensor->data->shape.size()) {
                for (size_t d = 0; d < tensor->data->shape.size(); ++d) {
                    const ir::Expr& extent = (*buffer)->shape[d];
                    const auto* size = tensor->data->shape[d].get<int64_t>();
                    if (extent->op == ir::Op::Var && size != nullptr) {
                        sizes.try_emplace(extent->var->name, *size);
                    }
                }
            }
        } else {
            const Value scalar = value;
            if (const auto* number = scalar.get<int64_t>()) {
                sizes.try_emplace(name, *number);
            }
        }
        if (first && !value.is<OpaqueValue>()) {
            one.passed.insert_or_assign(name, value);
        }
    }
    for (const auto& [name, size] : sizes) {
        if (first) {
            one.passed.try_emplace(name, size);
        }
    }
    Values results;
    for (const ir::Buffer& output : kernel.outputs) {
        Values shape;
        const auto declared = kernel.caller_shapes.find(output->name);
        for (const ir::Expr& extent : declared == kernel.caller_shapes.end() ? output->shape : declared->second) {
            const ir::Expr size = ir::substitute(extent, [&](const ir::Var& var) -> ir::Expr {
                const auto value = sizes.find(var->name);
                return value == sizes.end() ? nullptr : ir::make_int(value->second);
            });
            const auto constant = ir::constant(size);
            shape.push_back(constant ? Value(*constant) : opaque("a dimension", call.span));
        }
        results.push_back(make_tensor(std::move(shape), output->dtype));
    }
    return results.empty() ? unknown : results.size() == 1 ? results[0] : tuple(std::move(results));
}

}  // namespace tessera::tile::front
