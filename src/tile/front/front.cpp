#include <tile/front/front.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include <tile/front/host_tensor.h>

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
    Preset values;  ///< by name, of whatever the script gives to parameters of that name
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

/// `overrides`: values that names of the host side have instead of the script's own.
void follow(Script& script, const Preset& overrides) {
    script.entries.clear();
    script.evaluator = std::make_unique<Evaluator>(script.quiet);
    Evaluator& evaluator = *script.evaluator;
    evaluator.set_overrides(overrides);
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
            for (const auto& [name, value] : call.passed) {
                entry.call.passed.emplace(name, value);
            }
        }
        script.entries.push_back(std::move(entry));
    }
    std::ranges::sort(script.entries, [](const Script::Entry& a, const Script::Entry& b) {
        return a.function->span.line < b.function->span.line;
    });
    script.values = evaluator.values_by_name();
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
        follow(*script, {});
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
        std::vector<std::string_view> names(script.entries.size());
        std::ranges::transform(script.entries, names.begin(),
                               [](const auto& one) -> std::string_view { return one.function->name; });
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

namespace {

/// A value for a name of a kernel, and what says so.
struct Given {
    Value value;
    std::string_view from;  ///< "call", "configs", "default", "script", "assumed"
};

/// A size that nothing says anything of. A few blocks of the usual sizes, and short to simulate.
constexpr int64_t assumed_size = 128;

/// The names that a kernel takes values for: parameters of its function, and dimensions.
struct Named {
    std::string name;
    const Value* fallback = nullptr;
    const Expr* annotation = nullptr;
    bool dimension = false;  ///< of T.const or T.dynamic, or a number that the kernel is given when it runs
    bool required = true;    ///< of a dimension: while compiling
};

std::vector<Named> names_of(const FunctionData& function) {
    std::vector<Named> names;
    if (function.staging != Staging::PrimFunc) {
        const auto& parameters = function.parameters();
        for (size_t i = 0; i < parameters.size(); ++i) {
            const Parameter& one = parameters[i];
            if (one.kind != ParameterKind::Star && one.kind != ParameterKind::DoubleStar &&
                !is_tensor(function, one.name)) {
                names.push_back({.name = one.name, .fallback = &function.fallbacks[i], .annotation = one.annotation});
            }
        }
    }
    const auto add = [&](const std::string& name, bool required) {
        if (std::ranges::none_of(names, [&](const Named& one) { return one.name == name; })) {
            names.push_back({.name = name, .dimension = true, .required = required});
        }
    };
    for (const auto& [name, constant] : Evaluator::dimensions_of(function)) {
        add(name, constant);
    }
    for (const std::string& name : Evaluator::run_time_numbers_of(function)) {
        add(name, false);
    }
    return names;
}

/// The extent that a dimension has in a tensor that the script's call passes: of a parameter that is declared as
/// T.Tensor((M, N), ...), where the dimension is one of those names.
std::optional<int64_t> extent_passed(const FunctionData& function, const Preset& passed, const std::string& name) {
    const auto extent = [&](const std::string& tensor, const Expr* declared) -> std::optional<int64_t> {
        const auto found = passed.find(tensor);
        const auto* given = found == passed.end() ? nullptr : found->second.get<TensorValue>();
        if (given == nullptr || declared == nullptr || declared->items.size() < 2 ||
            (declared->kind != ExprKind::Call && declared->kind != ExprKind::Subscript)) {
            return std::nullopt;
        }
        const Expr& first = *declared->items[1];
        const bool both =
            declared->kind == ExprKind::Subscript && first.kind == ExprKind::Tuple && !first.items.empty();
        const Expr& shape = both ? *first.items[0] : first;
        if ((shape.kind != ExprKind::Tuple && shape.kind != ExprKind::List) ||
            shape.items.size() != given->data->shape.size()) {
            return std::nullopt;
        }
        for (size_t i = 0; i < shape.items.size(); ++i) {
            const auto* size = given->data->shape[i].get<int64_t>();
            if (shape.items[i]->kind == ExprKind::Name && shape.items[i]->text == name && size != nullptr) {
                return *size;
            }
        }
        return std::nullopt;
    };
    if (function.definition == nullptr || function.staging != Staging::Eager) {
        return std::nullopt;
    }
    for (const Parameter& one : function.parameters()) {
        if (const auto size = extent(one.name, one.annotation)) {
            return size;
        }
    }
    for (const Stmt* stmt : function.definition->body) {
        if (stmt->kind == StmtKind::AnnAssign && stmt->items[0]->kind == ExprKind::Name) {
            if (const auto size = extent(stmt->items[0]->text, stmt->items[1])) {
                return size;
            }
        }
    }
    return std::nullopt;
}

/// What a name has without --arg: what the script's own call passes, then the first configuration, then the default,
/// then what the script gives to the same name elsewhere; a dimension is assumed if all that says nothing.
std::optional<Given> given_to(Script& script, const Script::Entry& entry, const Named& named, const Preset& tuned) {
    const FunctionData& function = *entry.function;
    for (const auto* map : {&entry.call.arguments, &entry.call.dimensions, &entry.call.passed}) {
        const auto found = map->find(named.name);
        if (found != map->end() && (named.dimension ? found->second.is<int64_t>() : map != &entry.call.passed)) {
            return Given{found->second, "call"};
        }
    }
    if (const auto config = tuned.find(named.name); config != tuned.end()) {
        return Given{config->second, "configs"};
    }
    if (named.fallback != nullptr && named.fallback->set()) {
        return Given{*named.fallback, "default"};
    }
    if (const auto extent = extent_passed(function, entry.call.passed, named.name); extent && named.dimension) {
        return Given{*extent, "call"};
    }
    if (named.dimension && named.required && !entry.call.passed.empty()) {
        return std::nullopt;  // the tensors of the call say it, in a way that is not as plain
    }
    const auto other = script.values.find(named.name);
    if (other != script.values.end() && (!named.dimension || other->second.is<int64_t>())) {
        return Given{other->second, "script"};
    }
    if (named.dimension || Evaluator::sizes_of(function).contains(named.name)) {
        return Given{assumed_size, "assumed"};
    }
    return std::nullopt;
}

}  // namespace

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
        const auto sizes = Evaluator::sizes_of(function);
        for (const Named& named : names_of(function)) {
            ParameterInfo one;
            one.name = named.name;
            one.annotation = shown(named.annotation);
            one.dimension = named.dimension;
            one.size = named.dimension || sizes.contains(named.name);
            if (const auto given = given_to(script, entry, named, tuned)) {
                one.value = repr(given->value);
                one.from = given->from;
            }
            info.parameters.push_back(std::move(one));
        }
        list.push_back(std::move(info));
    }
    return list;
}

namespace {

/// Fills in a call: what the command line says, then what the script says (given_to). False after an error.
bool complete(Script& script, const Script::Entry& entry, const Arguments& arguments, Recorded& call,
              Preset& dimensions, Diagnostics& diagnostics) {
    const FunctionData& function = *entry.function;
    call = entry.call;
    dimensions = call.dimensions;
    const std::vector<Named> names = names_of(function);
    const size_t before = diagnostics.errors();
    std::set<std::string, std::less<>> said;
    for (const auto& [name, text] : arguments) {
        const auto named = std::ranges::find_if(names, [&](const Named& one) { return one.name == name; });
        if (named == names.end()) {
            if (script.evaluator->overridden().contains(name)) {
                continue;  // a name of the host side
            }
            std::string list;
            std::vector<std::string_view> all;
            for (const Named& one : names) {
                list += (list.empty() ? "" : ", ") + one.name;
                all.push_back(one.name);
            }
            const std::string close = nearest(name, all);
            diagnostics.error("tile-unknown-argument", function.span,
                              "the kernel " + function.name + " has no parameter \"" + name + "\"",
                              !close.empty() ? "is it " + close + "?"
                              : list.empty() ? "it has none"
                                             : "it has " + list);
            continue;
        }
        script.evaluator->set_diagnostics(diagnostics);
        try {
            (named->dimension ? dimensions : call.arguments)
                .insert_or_assign(name, script.evaluator->literal(text, name));
            said.insert(name);
        } catch (const EvalError& error) {
            diagnostics.error(error.name, function.span, error.message, error.help);
        }
        script.evaluator->set_diagnostics(script.quiet);
    }
    if (diagnostics.errors() != before) {
        return false;
    }
    const Preset tuned = first_configuration(script, entry);
    std::vector<std::string> missing;
    for (const Named& named : names) {
        Preset& values = named.dimension ? dimensions : call.arguments;
        if (said.contains(named.name) || values.contains(named.name) || (named.dimension && !named.required)) {
            continue;
        }
        const auto given = given_to(script, entry, named, tuned);
        if (given && given->from != "default") {
            values.insert_or_assign(named.name, given->value);
        }
        if (given && (given->from == "assumed" || given->from == "script")) {
            diagnostics.note("tile-assumed", function.span,
                             named.name + " is " + repr(given->value) +
                                 (given->from == "assumed" ? ": nothing in the script says how great it is"
                                                           : ", as elsewhere in the script"),
                             "--arg " + named.name + "=VALUE gives it another value");
        }
        if (!given && !named.dimension) {
            missing.push_back(named.name);
        }
    }
    if (!missing.empty()) {
        std::string list, example;
        for (const std::string& name : missing) {
            list += (list.empty() ? "" : ", ") + name;
            example += " --arg " + name + "=1024";
        }
        diagnostics.error("tile-missing-argument", function.span,
                          "the kernel " + function.name + " needs a value for " + list,
                          "nothing in the script says what; for example" + example);
    }
    return diagnostics.errors() == before;
}

/// The script followed with what the command line gives to names, so that what its host side makes of them fits.
const Script::Entry* follow_again(Script& script, std::string_view name, const Arguments& arguments,
                                  Diagnostics& diagnostics) {
    const Script::Entry* entry = find_entry(script, name, diagnostics);
    if (entry == nullptr || arguments.empty()) {
        return entry;
    }
    Preset overrides;
    for (const auto& [one, text] : arguments) {
        attempt([&] { overrides.insert_or_assign(one, script.evaluator->literal(text, one)); });
    }
    const Script::Entry before = *entry;
    follow(script, overrides);
    for (Script::Entry& again : script.entries) {
        if (again.function->name != before.function->name || again.function->span != before.function->span) {
            continue;
        }
        // Where these values keep the script from calling the kernel, the rest of its own call counts.
        again.called = again.called || before.called;
        for (const auto& [one, value] : before.call.arguments) {
            again.call.arguments.emplace(one, value);
        }
        for (const auto& [one, value] : before.call.dimensions) {
            again.call.dimensions.emplace(one, value);
        }
        return &again;
    }
    return find_entry(script, name, diagnostics);
}

/// What the tensors and numbers of the script's own call say of the kernel that was made.
void tell(Script& script, const Script::Entry& entry, const ir::Kernel& kernel, Told& told) {
    told.span = entry.function->span;
    const Preset& passed = entry.call.passed;
    for (const ir::Buffer& param : kernel.params) {
        const auto found = passed.find(param->name);
        const auto* tensor = found == passed.end() ? nullptr : found->second.get<TensorValue>();
        const auto shape = tensor == nullptr ? std::nullopt : shape_of(*tensor->data);
        for (size_t d = 0; shape && shape->size() == param->shape.size() && d < shape->size(); ++d) {
            if (param->shape[d]->op == ir::Op::Var) {
                told.dimensions.try_emplace(param->shape[d]->var->name, (*shape)[d]);
            }
        }
    }
    for (const ir::Var& symbol : kernel.symbols) {
        const Named named{.name = symbol->name, .dimension = true, .required = false};
        if (told.dimensions.contains(symbol->name)) {
            continue;
        }
        const auto given = given_to(script, entry, named, {});
        if (!given) {
            continue;
        }
        const auto* size = given->value.get<int64_t>();
        if (size == nullptr) {
            continue;
        }
        told.dimensions[symbol->name] = *size;
        if (given->from != "call") {
            told.assumed.push_back(symbol->name);
        }
    }
    for (const ir::Buffer& param : kernel.params) {
        const auto found = passed.find(param->name);
        const auto* tensor = found == passed.end() ? nullptr : found->second.get<TensorValue>();
        const auto random = tensor == nullptr ? std::nullopt : tensor->data->random;
        const bool drawn = random && !random->whole;
        const auto numbers = tensor == nullptr || drawn ? nullptr : numbers_of(*tensor->data);
        int64_t count = 1;
        std::vector<int64_t> extents;
        for (const ir::Expr& extent : param->shape) {
            const auto size = ir::constant(ir::substitute(extent, [&](const ir::Var& var) -> ir::Expr {
                const auto value = told.dimensions.find(var->name);
                return value == told.dimensions.end() ? nullptr : ir::make_int(value->second);
            }));
            extents.push_back(size.value_or(0));
            count *= size.value_or(0);
        }
        if (numbers && static_cast<int64_t>(numbers->size()) == count) {
            told.tensors[param->name] = {extents, *numbers, tensor->data->fill.has_value()};
        }
    }
}

}  // namespace

ir::Kernel evaluate(Script& script, std::string_view name, const Arguments& arguments, Diagnostics& diagnostics,
                    Told* told) {
    const Script::Entry* entry = follow_again(script, name, arguments, diagnostics);
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
    if (told != nullptr && !diagnostics.failed()) {
        tell(script, *entry, kernel, *told);
    }
    return kernel;
}

std::vector<Arguments> configs(Script& script, std::string_view name, const Arguments& arguments,
                               Diagnostics& diagnostics) {
    std::vector<Arguments> list;
    const Script::Entry* entry = follow_again(script, name, arguments, diagnostics);
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

}  // namespace tessera::tile::front
