// Functions, classes and imports of a script, and which of its functions are kernels.
#include <algorithm>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

bool is_kernel_call(const Expr& expr) {
    return expr.kind == ExprKind::Call &&
           (expr.items[0]->kind == ExprKind::Attribute || expr.items[0]->kind == ExprKind::Name) &&
           expr.items[0]->text == "Kernel";
}

/// Calls visit(stmt) for the statements of a body, those of functions inside only if `deep`.
template <class Visit>
void walk(const Body& body, bool deep, const Visit& visit) {
    for (const Stmt* stmt : body) {
        visit(*stmt);
        if (deep || (stmt->kind != StmtKind::Function && stmt->kind != StmtKind::Class)) {
            walk(stmt->body, deep, visit);
        }
        walk(stmt->otherwise, deep, visit);
        walk(stmt->last, deep, visit);
        for (const Handler& handler : stmt->handlers) {
            walk(handler.body, deep, visit);
        }
    }
}

bool launches(const Body& body, bool deep) {
    bool found = false;
    walk(body, deep, [&](const Stmt& stmt) {
        if (stmt.kind == StmtKind::With) {
            found = found ||
                    std::ranges::any_of(stmt.withs, [](const WithItem& one) { return is_kernel_call(*one.context); });
        }
    });
    return found;
}

bool decorated(const Stmt& stmt, std::string_view name) {
    return std::ranges::any_of(stmt.decorators, [&](const Expr* one) {
        const Expr& named = one->kind == ExprKind::Call ? *one->items[0] : *one;
        return (named.kind == ExprKind::Name || named.kind == ExprKind::Attribute) && named.text == name;
    });
}

/// A function that makes a kernel although nothing is decorated but what is inside.
bool makes_kernel(const Stmt& function) {
    bool found = false;
    walk(function.body, false, [&](const Stmt& stmt) {
        found = found || (stmt.kind == StmtKind::Function && decorated(stmt, "prim_func") && launches(stmt.body, true));
    });
    return found;
}

/// Names of a call's first argument "M, N, K".
std::vector<std::string> split_names(const std::string& text) {
    std::vector<std::string> names;
    std::string one;
    for (const char c : text + ",") {
        if (c == ',' || c == ' ') {
            if (!one.empty()) {
                names.push_back(one);
            }
            one.clear();
        } else {
            one += c;
        }
    }
    return names;
}

}  // namespace

std::vector<std::pair<std::string, bool>> Evaluator::dimensions_of(const FunctionData& function) {
    std::vector<std::pair<std::string, bool>> names;
    if (function.definition == nullptr) {
        return names;
    }
    walk(function.definition->body, true, [&](const Stmt& stmt) {
        if (stmt.kind != StmtKind::Assign || stmt.items[0]->kind != ExprKind::Call) {
            return;
        }
        const Expr& call = *stmt.items[0];
        const std::string& name = call.items[0]->text;
        const bool constant = name == "const";
        if (!constant && name != "dynamic" && name != "symbolic") {
            return;
        }
        for (size_t i = 1; i < call.items.size(); ++i) {
            if (call.items[i]->kind == ExprKind::String) {
                for (const std::string& one : split_names(call.items[i]->text)) {
                    names.emplace_back(one, constant);
                }
            }
        }
    });
    std::ranges::sort(names, [](const auto& a, const auto& b) { return a.second && !b.second; });
    return names;
}

std::set<std::string, std::less<>> Evaluator::tensors_of(const FunctionData& function) {
    std::set<std::string, std::less<>> names;
    if (function.definition == nullptr) {
        return names;
    }
    walk(function.definition->body, false, [&](const Stmt& stmt) {
        if (stmt.kind == StmtKind::AnnAssign && stmt.items[2] == nullptr && stmt.items[0]->kind == ExprKind::Name) {
            names.insert(stmt.items[0]->text);
        }
    });
    for (const Parameter& one : function.parameters()) {
        const Expr* annotation = one.annotation;
        if (annotation != nullptr && (annotation->kind == ExprKind::Call || annotation->kind == ExprKind::Subscript)) {
            const std::string& kind = annotation->items[0]->text;
            if (kind == "Tensor" || kind == "StridedTensor" || kind == "Buffer") {
                names.insert(one.name);
            }
        }
    }
    return names;
}

void Evaluator::run_definition(const Stmt& stmt) {
    auto function = std::make_shared<FunctionData>();
    function->name = stmt.text;
    function->definition = &stmt;
    function->closure = env_;
    function->span = stmt.span;
    const bool prim = decorated(stmt, "prim_func");
    for (const Parameter& one : stmt.parameters) {
        function->fallbacks.push_back(one.fallback == nullptr ? Value() : eval(*one.fallback));
        Value annotation;
        if (prim && one.annotation != nullptr) {
            try {
                annotation = eval(*one.annotation);
            } catch (const EvalError& error) {
                OpaqueValue unknown{std::make_shared<const std::string>(error.message), error.span};
                unknown.error = lenient_ ? "" : "-";
                if (!lenient_) {
                    report(error);
                }
                annotation = unknown;
            }
        }
        function->annotations.push_back(std::move(annotation));
    }
    Value value = FunctionValue{function};
    for (auto decorator = stmt.decorators.rbegin(); decorator != stmt.decorators.rend(); ++decorator) {
        Value made;
        try {
            made = eval(**decorator);
        } catch (const EvalError&) {
            if (!lenient_) {
                throw;
            }
            made = opaque("a decorator", stmt.span);
        }
        value = decorate(made, value, stmt.span);
    }
    if (function->jit) {
        function->staging = launches(stmt.body, false) ? Staging::Eager : Staging::Factory;
    } else if (function->staging == Staging::Host && makes_kernel(stmt)) {
        function->staging = Staging::Factory;
    }
    const bool whole = function->jit || function->staging == Staging::Factory ||
                       (function->staging == Staging::PrimFunc && function_ == nullptr && launches(stmt.body, true));
    if (whole && lenient_ && main_module_) {
        const auto same = std::ranges::find_if(
            candidates_, [&](const auto& one) { return one->span == function->span && one->name == function->name; });
        if (same == candidates_.end()) {
            candidates_.push_back(function);
        }
    }
    bind(stmt.text, value, stmt.span);
}

Value Evaluator::decorate(const Value& decorator, const Value& function, Span span) {
    const BuiltinValue* name = decorator.get<BuiltinValue>();
    const PartialValue* partial = decorator.get<PartialValue>();
    if (partial != nullptr) {
        name = partial->function->get<BuiltinValue>();
    }
    const auto* target = function.get<FunctionValue>();
    if (target == nullptr || (name == nullptr && decorator.is<OpaqueValue>())) {
        return function;
    }
    FunctionData& data = *target->data;
    if (name == nullptr) {
        if (decorator.is<FunctionValue>() || decorator.is<PartialValue>() || decorator.is<ClassValue>()) {
            if (data.jit || data.staging != Staging::Host) {
                return function;
            }
            Call call;
            call.name = "the decorator";
            call.positional = {function};
            call.places = {span};
            call.span = span;
            Value made = call_value(decorator, call);
            return made.is<FunctionValue>() ? made : function;
        }
        return function;
    }
    const auto keyword = [&](std::string_view key) -> const Value* {
        if (partial == nullptr) {
            return nullptr;
        }
        for (const auto& [one, value] : *partial->keywords) {
            if (one == key) {
                return &value;
            }
        }
        return nullptr;
    };
    if (name->name == "T.prim_func") {
        data.staging = Staging::PrimFunc;
    } else if (name->name == "T.macro") {
        data.staging = Staging::Macro;
    } else if (name->name == "tilelang.jit") {
        data.jit = true;
        if (const Value* out = keyword("out_idx")) {
            data.out_idx.clear();
            if (const Values* many = items_of(*out)) {
                for (const Value& one : *many) {
                    data.out_idx.push_back(to_int(one, span, "out_idx"));
                }
            } else if (!out->is<NoneValue>()) {
                data.out_idx.push_back(to_int(*out, span, "out_idx"));
            }
        }
    } else if (name->name == "tilelang.autotune") {
        const Value* configs = keyword("configs");
        if (configs == nullptr && partial != nullptr && !partial->arguments->empty()) {
            configs = &partial->arguments->front();
        }
        data.configs = std::make_shared<Value>(configs == nullptr ? list({}) : *configs);
    }
    return function;
}

void Evaluator::run_class(const Stmt& stmt) {
    auto data = std::make_shared<ClassData>();
    data->name = stmt.text;
    data->environment = std::make_shared<Environment>();
    data->environment->parent = env_;
    const Env before = env_;
    env_ = data->environment;
    try {
        run(stmt.body);
    } catch (...) {
        env_ = before;
        throw;
    }
    env_ = before;
    // Methods see the names around the class, not those in it.
    for (auto& [name, slot] : data->environment->names) {
        if (const auto* method = slot.value.get<FunctionValue>()) {
            method->data->closure = before;
        }
    }
    bind(stmt.text, ClassValue{data}, stmt.span);
}

// --- imports --------------------------------------------------------------------------------------------------------

Value Evaluator::import_module(const std::string& name, Span span) {
    const auto known = modules_.find(name);
    if (known != modules_.end()) {
        return known->second;
    }
    if (name == "tilelang.language" || name.starts_with("tilelang.language.")) {
        return module("T");
    }
    static const std::set<std::string, std::less<>> ours{
        "tilelang",    "math",        "itertools", "functools", "torch",
        "argparse",    "tvm",         "operator",  "typing",    "numpy",
        "dataclasses", "collections", "einops",    "torch.nn",  "torch.nn.functional"};
    if (ours.contains(name)) {
        return module(name);
    }
    if (name == "tvm.tirx" || name == "tvm.tir" || name == "tvm.script.tir" || name == "tvm.script.tirx") {
        return module("T");
    }
    if (name == "tilelang.tvm" || name == "tilelang.math") {
        return module(name == "tilelang.tvm" ? "tvm" : "tilelang.math");
    }
    if (name.starts_with("tilelang.")) {
        return module(name);
    }
    std::string path;
    const Tree* tree = importer ? importer(name, path) : nullptr;
    if (tree == nullptr) {
        return opaque(name, span);
    }
    // A script beside this one: its names are there, its kernels are not this script's.
    Env inside = std::make_shared<Environment>();
    Value made = ModuleValue{name, inside};
    modules_.insert_or_assign(name, made);
    const Env env = std::exchange(env_, inside);
    const Env globals = std::exchange(globals_, inside);
    const bool lenient = std::exchange(lenient_, true);
    const bool main = std::exchange(main_module_, false);
    const auto function = std::exchange(function_, nullptr);
    const Staging staging = std::exchange(staging_, Staging::Host);
    Build* build = std::exchange(build_, nullptr);
    std::vector<Scope> scopes = std::exchange(scopes_, {});
    attempt([&] { run(tree->body); });  // what was bound until it fails is there
    env_ = env;
    globals_ = globals;
    lenient_ = lenient;
    main_module_ = main;
    function_ = function;
    staging_ = staging;
    build_ = build;
    scopes_ = std::move(scopes);
    return made;
}

void Evaluator::run_import(const Stmt& stmt) {
    if (stmt.kind == StmtKind::Import) {
        for (const Import& one : stmt.imports) {
            if (!one.as.empty()) {
                bind(one.as, import_module(one.name, one.span), one.span);
                continue;
            }
            const std::string first = one.name.substr(0, one.name.find('.'));
            bind(first, import_module(first, one.span), one.span);
        }
        return;
    }
    std::string from = stmt.text;
    const size_t name_at = from.find_first_not_of('.');
    if (name_at == std::string::npos) {
        from.clear();
    } else {
        from = from.substr(name_at);
    }
    for (const Import& one : stmt.imports) {
        if (one.name == "*") {
            if (from == "tilelang.autotuner" || from == "tilelang") {
                bind("autotune", builtin("tilelang.autotune"), one.span);
                if (from == "tilelang") {
                    bind("jit", builtin("tilelang.jit"), one.span);
                }
                continue;
            }
            const Value source = import_module(from, one.span);
            if (const auto* made = source.get<ModuleValue>(); made != nullptr && made->environment) {
                for (const auto& [name, slot] : made->environment->names) {
                    if (!name.starts_with('_')) {
                        bind(name, slot.value, one.span);
                    }
                }
            }
            continue;
        }
        Value value;
        if (from == "__future__") {
            continue;
        }
        if (from.empty()) {
            value = import_module(one.name, one.span);
        } else if (from == "tilelang" && one.name == "language") {
            value = module("T");
        } else {
            value = attribute(import_module(from, one.span), one.name, one.span);
        }
        bind(one.as.empty() ? one.name : one.as, value, one.span);
    }
}

}  // namespace tessera::tile::front
