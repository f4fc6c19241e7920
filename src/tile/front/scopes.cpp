// Names, and what happens to them where the IR has loops and branches: a Python variable is one value while compiling,
// so that one assigned in a loop has none behind it, and cannot carry a value from one iteration to the next.
#include <algorithm>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

bool lasts(const Value& value) {
    if (const Values* items = items_of(value)) {
        return std::ranges::all_of(*items, lasts);
    }
    if (const auto* expr = value.get<ir::Expr>()) {
        return (*expr)->op == ir::Op::Int || (*expr)->op == ir::Op::Float;
    }
    return is_host(value) || value.is<FunctionValue>() || value.is<BuiltinValue>() || value.is<OpaqueValue>();
}

}  // namespace

void Evaluator::fail(std::string_view name, Span span, std::string message, std::string help) {
    throw EvalError{std::string(name), span, std::move(message), std::move(help)};
}

Environment* Evaluator::home_of(const std::string& name) {
    Environment* environment = env_.get();
    while (environment->inner && environment->parent) {
        environment = environment->parent.get();
    }
    if (environment->globals.contains(name)) {
        return globals_.get();
    }
    if (environment->nonlocals.contains(name)) {
        for (Environment* outer = environment->parent.get(); outer != nullptr; outer = outer->parent.get()) {
            if (outer->names.contains(name)) {
                return outer;
            }
        }
    }
    return environment;
}

Value Evaluator::look_up(const std::string& name, Span span) {
    for (Environment* environment = env_.get(); environment != nullptr; environment = environment->parent.get()) {
        const auto found = environment->names.find(name);
        if (found == environment->names.end()) {
            continue;
        }
        const Slot& slot = found->second;
        if (!slot.value.set()) {
            fail("tile-name", span, "\"" + name + "\" has no value yet");
        }
        for (size_t i = slot.depth; i < scopes_.size(); ++i) {
            if (scopes_[i].loop) {
                scopes_[i].reads.try_emplace({environment->shared_from_this(), name}, span);
            }
        }
        if (const auto* unknown = slot.value.get<OpaqueValue>(); unknown != nullptr && !unknown->error.empty()) {
            if (unknown->error == "tile-scope") {
                fail("tile-scope", span, *unknown->what,
                     "a value that changes at run time is kept in T.alloc_var(dtype, init=...)");
            }
            fail(unknown->error, span, *unknown->what);
        }
        return slot.value;
    }
    static const std::set<std::string, std::less<>> known{
        "len",         "min",      "max",    "sum",      "abs",     "int",       "float",  "bool",
        "str",         "list",     "tuple",  "dict",     "set",     "range",     "zip",    "enumerate",
        "sorted",      "reversed", "any",    "all",      "round",   "pow",       "divmod", "isinstance",
        "print",       "map",      "filter", "hasattr",  "getattr", "setattr",   "type",   "repr",
        "id",          "iter",     "next",   "callable", "super",   "object",    "slice",  "format",
        "hex",         "bin",      "ord",    "chr",      "open",    "frozenset", "bytes",  "staticmethod",
        "classmethod", "property", "vars",   "globals",  "locals",  "hash",      "input",  "exit",
        "issubclass",  "complex"};
    if (known.contains(name)) {
        return builtin("builtins." + name);
    }
    if (name == "__name__") {
        return std::string(main_module_ ? "__main__" : "module");
    }
    if (name == "__file__") {
        return std::string("script.py");
    }
    if (lenient_ || name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning") ||
        name == "NotImplemented" || name == "__doc__") {
        return opaque(name, span);
    }
    std::vector<std::string_view> near;
    for (Environment* environment = env_.get(); environment != nullptr; environment = environment->parent.get()) {
        for (const auto& [other, slot] : environment->names) {
            near.push_back(other);
        }
    }
    near.insert(near.end(), known.begin(), known.end());
    const std::string close = nearest(name, near);
    fail("tile-name", span, "there is no \"" + name + "\" here", close.empty() ? "" : "is it " + close + "?");
}

void Evaluator::bind(const std::string& name, const Value& value, Span span) {
    const Env environment = home_of(name)->shared_from_this();
    const auto found = environment->names.find(name);
    if (!scopes_.empty()) {
        const bool outside = found != environment->names.end() && found->second.depth < scopes_.size();
        if (outside) {
            for (size_t i = found->second.depth; i < scopes_.size(); ++i) {
                const auto read = scopes_[i].reads.find({environment, name});
                if (scopes_[i].loop && read != scopes_[i].reads.end() && !equal(found->second.value, value) &&
                    !lenient_) {
                    fail("tile-loop-carried", span,
                         "\"" + name + "\" is assigned in the loop of line " + std::to_string(scopes_[i].span.line) +
                             ", which reads its value from before the loop (line " + std::to_string(read->second.line) +
                             ")",
                         "a value that is carried from one iteration to the next is kept in T.alloc_var(dtype, "
                         "init=...)");
                }
            }
        }
        if (found == environment->names.end()) {
            scopes_.back().changes.push_back({environment, name, std::nullopt});
        } else if (outside) {
            scopes_.back().changes.push_back({environment, name, found->second});
        }
    }
    Slot slot{value, static_cast<uint32_t>(scopes_.size())};
    if (environment != env_ && environment == globals_) {
        slot.depth = 0;
    }
    environment->names.insert_or_assign(name, std::move(slot));
}

void Evaluator::push_scope(bool loop, Span span) {
    scopes_.push_back({.loop = loop, .span = span});
}

void Evaluator::pop_scope() {
    Scope scope = std::move(scopes_.back());
    scopes_.pop_back();
    const auto depth = static_cast<uint32_t>(scopes_.size());
    for (auto change = scope.changes.rbegin(); change != scope.changes.rend(); ++change) {
        const auto found = change->environment->names.find(change->name);
        if (found == change->environment->names.end()) {
            continue;
        }
        Slot& slot = found->second;
        const std::optional<Slot>& saved = change->before;
        const Slot* before = saved ? &*saved : nullptr;
        // Behind a loop whose variable hides that of a loop around it, the outer one is meant again.
        if (before != nullptr && (before->loop_variable || equal(before->value, slot.value))) {
            slot = *before;
            continue;
        }
        if (before == nullptr && lasts(slot.value)) {
            slot.depth = std::min(slot.depth, depth);
        } else {
            const std::string where = scope.loop ? "the loop" : "the branch";
            OpaqueValue poison{
                std::make_shared<const std::string>("\"" + change->name + "\" was assigned in " + where + " of line " +
                                                    std::to_string(scope.span.line) + ", and has no value behind it"),
                scope.span};
            poison.error = "tile-scope";
            const uint32_t at = before != nullptr ? before->depth : depth;
            slot = {poison, std::min(at, depth)};
        }
        if (!scopes_.empty() && before == nullptr) {
            scopes_.back().changes.push_back({change->environment, change->name, std::nullopt});
        }
    }
}

}  // namespace tessera::tile::front
