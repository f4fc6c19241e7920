#include <tile/front/front.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {

using Preset = std::map<std::string, Value, std::less<>>;

/// A script, and what was found by following it.
class Script {
public:
    std::string path;
    std::unique_ptr<Tree> tree;
    bool broken = false;  ///< a syntax error
    bool on_disk = false;
    std::map<std::string, std::unique_ptr<Tree>, std::less<>> imported;
    Diagnostics quiet;  ///< of following, whose failures are no errors
    std::unique_ptr<Evaluator> evaluator;

    /// One candidate with the call that says most about it.
    struct Entry {
        std::shared_ptr<FunctionData> function;
        Recorded call;
        bool called = false;
    };
    std::vector<Entry> entries;
};

namespace {

std::optional<std::string> read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) {
        return std::nullopt;
    }
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The file of a module that lies beside the script, or above it, as scripts that change sys.path have it.
std::string find_module(const std::string& script, const std::string& module) {
    std::string relative = module;
    std::ranges::replace(relative, '.', '/');
    std::filesystem::path folder = std::filesystem::path(script).parent_path();
    for (int up = 0; up < 2; ++up) {
        for (const std::string& name : {relative + ".py", relative + "/__init__.py"}) {
            std::error_code failed;
            const std::filesystem::path path = folder / name;
            if (std::filesystem::is_regular_file(path, failed)) {
                return path.string();
            }
        }
        folder /= "..";
    }
    return {};
}

void follow(Script& script) {
    script.evaluator = std::make_unique<Evaluator>(script.quiet);
    Evaluator& evaluator = *script.evaluator;
    if (script.on_disk) {
        evaluator.importer = [&script](const std::string& module, std::string& path) -> const Tree* {
            path = find_module(script.path, module);
            if (path.empty()) {
                return nullptr;
            }
            const auto known = script.imported.find(path);
            if (known != script.imported.end()) {
                return known->second.get();
            }
            const std::optional<std::string> text = read(path);
            if (!text) {
                return nullptr;
            }
            Diagnostics own;
            const uint16_t file = script.quiet.add_file(path, *text);
            std::unique_ptr<Tree> tree = parse(*text, file, own);
            if (own.failed()) {
                tree = nullptr;
            }
            return (script.imported[path] = std::move(tree)).get();
        };
    }
    evaluator.run_module(*script.tree);
    evaluator.follow(*script.tree);
    for (const auto& function : evaluator.candidates()) {
        Script::Entry entry;
        entry.function = function;
        entry.call.function = function;
        // The first call counts; later ones may fill what it leaves open.
        for (const Recorded& call : evaluator.recorded()) {
            if (call.function->span != function->span || call.function->name != function->name) {
                continue;
            }
            if (!entry.called) {
                entry.function = call.function;
                entry.call = call;
                entry.called = true;
                continue;
            }
            for (const auto& [name, value] : call.arguments) {
                const auto has = entry.call.arguments.find(name);
                if (has == entry.call.arguments.end() &&
                    std::ranges::none_of(function->parameters(), [&](const Parameter& one) {
                        return one.name == name && one.fallback != nullptr;
                    })) {
                    entry.call.arguments.emplace(name, value);
                }
            }
            for (const auto& [name, value] : call.dimensions) {
                entry.call.dimensions.emplace(name, value);
            }
        }
        script.entries.push_back(std::move(entry));
    }
    std::ranges::sort(script.entries, [](const Script::Entry& a, const Script::Entry& b) {
        return a.function->span.line < b.function->span.line;
    });
}

std::shared_ptr<Script> make_script(const std::string& text, const std::string& path, bool on_disk,
                                    Diagnostics& diagnostics) {
    auto script = std::make_shared<Script>();
    script->path = path;
    script->on_disk = on_disk;
    const uint16_t file = diagnostics.add_file(path, text);
    script->quiet.add_file(path, text);
    const size_t before = diagnostics.errors();
    script->tree = parse(text, file, diagnostics);
    script->broken = diagnostics.errors() != before;
    if (!script->broken) {
        follow(*script);
    }
    return script;
}

/// The first autotune configuration, as values; empty without one.
Preset first_configuration(Script& script, const Script::Entry& entry) {
    Preset preset;
    if (!entry.function->configs) {
        return preset;
    }
    const std::vector<Value> configs = script.evaluator->configurations(*entry.function, entry.call);
    if (!configs.empty()) {
        for (const auto& [name, value] : *configs.front().get<DictValue>()->items) {
            preset.insert_or_assign(str(name), value);
        }
    }
    return preset;
}

const Script::Entry* find_entry(Script& script, std::string_view name, Diagnostics& diagnostics) {
    if (script.broken) {
        return nullptr;
    }
    if (script.entries.empty()) {
        diagnostics.error("tile-no-kernel", {.line = 1, .column = 1}, "there is no kernel in this script",
                          "a kernel is a function under @tilelang.jit or @T.prim_func, with a T.Kernel in it");
        return nullptr;
    }
    std::string list;
    for (const Script::Entry& entry : script.entries) {
        if (entry.function->name == name) {
            return &entry;
        }
        list += (list.empty() ? "" : ", ") + entry.function->name;
    }
    if (!name.empty()) {
        std::vector<std::string_view> names;
        names.reserve(script.entries.size());
        for (const Script::Entry& entry : script.entries) {
            names.push_back(entry.function->name);
        }
        const std::string close = nearest(name, names);
        diagnostics.error("tile-no-kernel", {.line = 1, .column = 1},
                          "there is no kernel \"" + std::string(name) + "\" in this script",
                          close.empty() ? "its kernels: " + list : "is it " + close + "?");
        return nullptr;
    }
    for (const Script::Entry& entry : script.entries) {
        if (entry.called) {
            return &entry;
        }
    }
    return &script.entries.front();
}

/// A short form of an annotation, for listings.
std::string shown(const Expr* annotation) {
    if (annotation == nullptr) {
        return {};
    }
    switch (annotation->kind) {
        case ExprKind::Name:
        case ExprKind::String:
            return annotation->text;
        case ExprKind::Attribute:
            return shown(annotation->items[0]) + "." + annotation->text;
        case ExprKind::Call:
        case ExprKind::Subscript:
            return shown(annotation->items[0]);
        default:
            return {};
    }
}

/// Names of parameters that are tensors, to be bound by shape rather than by value.
bool is_tensor(const FunctionData& function, const std::string& name) {
    return function.staging == Staging::Eager && Evaluator::tensors_of(function).contains(name);
}

}  // namespace

std::shared_ptr<Script> load(const std::string& path, Diagnostics& diagnostics) {
    const std::optional<std::string> text = read(path);
    if (!text) {
        diagnostics.add_file(path, "");
        diagnostics.error("tile-file", {}, "\"" + path + "\" cannot be read");
        auto script = std::make_shared<Script>();
        script->path = path;
        script->broken = true;
        return script;
    }
    return make_script(*text, path, true, diagnostics);
}

std::shared_ptr<Script> load_text(const std::string& text, const std::string& path, Diagnostics& diagnostics) {
    return make_script(text, path, false, diagnostics);
}

std::vector<KernelInfo> kernels(Script& script) {
    std::vector<KernelInfo> list;
    for (const Script::Entry& entry : script.entries) {
        const FunctionData& function = *entry.function;
        KernelInfo info;
        info.name = function.name;
        info.span = function.span;
        info.called = entry.called;
        info.autotuned = function.configs != nullptr;
        const Preset tuned = first_configuration(script, entry);
        const auto value_of = [&](const std::string& name, const Value* fallback) {
            ParameterInfo one;
            one.name = name;
            const auto given = entry.call.arguments.find(name);
            const auto more = entry.call.dimensions.find(name);
            const auto config = tuned.find(name);
            if (given != entry.call.arguments.end()) {
                one.value = repr(given->second);
                one.from = "call";
            } else if (more != entry.call.dimensions.end()) {
                one.value = repr(more->second);
                one.from = "call";
            } else if (config != tuned.end()) {
                one.value = repr(config->second);
                one.from = "configs";
            } else if (fallback != nullptr && fallback->set()) {
                one.value = repr(*fallback);
                one.from = "default";
            }
            return one;
        };
        if (function.staging != Staging::PrimFunc) {
            const auto& parameters = function.parameters();
            for (size_t i = 0; i < parameters.size(); ++i) {
                if (is_tensor(function, parameters[i].name)) {
                    continue;
                }
                ParameterInfo one = value_of(parameters[i].name, &function.fallbacks[i]);
                one.annotation = shown(parameters[i].annotation);
                info.parameters.push_back(std::move(one));
            }
        }
        for (const auto& [name, constant] : Evaluator::dimensions_of(function)) {
            if (std::ranges::any_of(info.parameters, [&](const ParameterInfo& one) { return one.name == name; })) {
                continue;
            }
            ParameterInfo one = value_of(name, nullptr);
            one.dimension = true;
            info.parameters.push_back(std::move(one));
        }
        list.push_back(std::move(info));
    }
    return list;
}

namespace {

/// Fills in a call: what the command line says, then what the script's own call says, then the first configuration.
/// False after an error.
bool complete(Script& script, const Script::Entry& entry, const Arguments& arguments, Recorded& call,
              Preset& dimensions, Diagnostics& diagnostics) {
    const FunctionData& function = *entry.function;
    call = entry.call;
    dimensions = call.dimensions;
    const auto known = Evaluator::dimensions_of(function);
    std::vector<std::string_view> names;
    if (function.staging != Staging::PrimFunc) {
        for (const Parameter& one : function.parameters()) {
            names.push_back(one.name);
        }
    }
    for (const auto& [name, constant] : known) {
        names.push_back(name);
    }
    const Preset tuned = first_configuration(script, entry);
    if (function.staging != Staging::PrimFunc) {
        for (const Parameter& one : function.parameters()) {
            const auto config = tuned.find(one.name);
            if (config != tuned.end()) {
                call.arguments.try_emplace(one.name, config->second);
            }
        }
    }
    const size_t before = diagnostics.errors();
    for (const auto& [name, text] : arguments) {
        if (std::ranges::find(names, name) == names.end()) {
            std::string list;
            for (const std::string_view one : names) {
                list += (list.empty() ? "" : ", ") + std::string(one);
            }
            const std::string close = nearest(name, names);
            diagnostics.error("tile-unknown-argument", function.span,
                              "the kernel " + function.name + " has no parameter \"" + name + "\"",
                              !close.empty() ? "is it " + close + "?"
                              : list.empty() ? "it has none"
                                             : "it has " + list);
            continue;
        }
        script.evaluator->set_diagnostics(diagnostics);
        try {
            const Value value = script.evaluator->literal(text, name);
            const bool parameter =
                function.staging != Staging::PrimFunc &&
                std::ranges::any_of(function.parameters(), [&](const Parameter& one) { return one.name == name; });
            (parameter ? call.arguments : dimensions).insert_or_assign(name, value);
        } catch (const EvalError& error) {
            diagnostics.error(error.name, function.span, error.message, error.help);
        }
        script.evaluator->set_diagnostics(script.quiet);
    }
    if (function.staging != Staging::PrimFunc) {
        std::vector<std::string> missing;
        const auto& parameters = function.parameters();
        for (size_t i = 0; i < parameters.size(); ++i) {
            const Parameter& one = parameters[i];
            if (one.kind == ParameterKind::Star || one.kind == ParameterKind::DoubleStar ||
                is_tensor(function, one.name) || function.fallbacks[i].set() || call.arguments.contains(one.name)) {
                continue;
            }
            missing.push_back(one.name);
        }
        if (function.staging == Staging::Eager) {
            // Dimensions that are asked for by T.const and given by nothing: the build says so too, but all at once is
            // better.
            bool shapes = false;
            for (const Parameter& one : parameters) {
                const auto given = call.arguments.find(one.name);
                shapes = shapes || (given != call.arguments.end() && given->second.is<TensorValue>());
            }
            for (const auto& [name, constant] : known) {
                if (constant && !shapes && !dimensions.contains(name)) {
                    missing.push_back(name);
                }
            }
        }
        if (!missing.empty()) {
            std::string list;
            std::string example;
            for (const std::string& name : missing) {
                list += (list.empty() ? "" : ", ") + name;
                example += " --arg " + name + "=1024";
            }
            diagnostics.error("tile-missing-argument", function.span,
                              "the kernel " + function.name + " needs a value for " + list, "for example" + example);
        }
    }
    return diagnostics.errors() == before;
}

}  // namespace

ir::Kernel evaluate(Script& script, std::string_view name, const Arguments& arguments, Diagnostics& diagnostics) {
    const Script::Entry* entry = find_entry(script, name, diagnostics);
    if (entry == nullptr) {
        return {};
    }
    Recorded call;
    Preset dimensions;
    if (!complete(script, *entry, arguments, call, dimensions, diagnostics)) {
        return {};
    }
    for (const std::string& file : script.quiet.files()) {
        if (file != script.path) {
            diagnostics.add_file(file, read(file).value_or(""));
        }
    }
    script.evaluator->set_diagnostics(diagnostics);
    ir::Kernel kernel = script.evaluator->build(entry->function, call, dimensions);
    script.evaluator->set_diagnostics(script.quiet);
    return kernel;
}

std::vector<Arguments> configs(Script& script, std::string_view name, const Arguments& arguments,
                               Diagnostics& diagnostics) {
    std::vector<Arguments> list;
    const Script::Entry* entry = find_entry(script, name, diagnostics);
    if (entry == nullptr || !entry->function->configs) {
        return list;
    }
    Recorded call;
    Preset dimensions;
    if (!complete(script, *entry, arguments, call, dimensions, diagnostics)) {
        return list;
    }
    for (const Value& one : script.evaluator->configurations(*entry->function, call)) {
        Arguments made;
        for (const auto& [key, value] : *one.get<DictValue>()->items) {
            made.insert_or_assign(str(key), repr(value));
        }
        list.push_back(std::move(made));
    }
    return list;
}

// --- the evaluator's way in -----------------------------------------------------------------------------------------

void Evaluator::run_module(const Tree& tree) {
    globals_ = std::make_shared<Environment>();
    env_ = globals_;
    lenient_ = true;
    step_limit_ = 2'000'000;
    steps_ = 0;
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

}  // namespace tessera::tile::front
