// Methods of Python's lists, dicts, strings and numbers, and of the tile language's dtypes and expressions.
#include <algorithm>
#include <cctype>
#include <cmath>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

std::string trimmed(const std::string& text) {
    const size_t first = text.find_first_not_of(" \t\n\r");
    if (first == std::string::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\n\r") + 1 - first);
}

}  // namespace

std::optional<Value> Evaluator::python_method(const std::string& name, const Call& call) {
    const Value& self = *call.self;
    const Values& args = call.positional;
    const Span span = call.span;
    if (const auto* l = self.get<ListValue>(); l != nullptr && name.starts_with("list.")) {
        const std::string method = name.substr(5);
        if (method == "append" && args.size() == 1) {
            l->items->push_back(args[0]);
            return none();
        }
        if (method == "extend" && args.size() == 1) {
            const Values more = iterate(args[0], span);
            l->items->insert(l->items->end(), more.begin(), more.end());
            return none();
        }
        if (method == "insert" && args.size() == 2) {
            const auto size = static_cast<int64_t>(l->items->size());
            const int64_t at = to_int(args[0], span, "an index");
            l->items->insert(l->items->begin() + std::clamp<int64_t>(at < 0 ? at + size : at, 0, size), args[1]);
            return none();
        }
        if (method == "pop") {
            if (l->items->empty()) {
                fail("tile-index", span, "pop() from an empty list");
            }
            const auto size = static_cast<int64_t>(l->items->size());
            int64_t at = args.empty() ? size - 1 : to_int(args[0], span, "an index");
            at = at < 0 ? at + size : at;
            if (at < 0 || at >= size) {
                fail("tile-index", span,
                     "index " + std::to_string(at) + " is outside of " + std::to_string(size) + " elements");
            }
            Value one = (*l->items)[static_cast<size_t>(at)];
            l->items->erase(l->items->begin() + at);
            return one;
        }
        if (method == "reverse") {
            std::ranges::reverse(*l->items);
            return none();
        }
        if (method == "copy") {
            return list(*l->items);
        }
        if (method == "sort") {
            Call inner = call;
            inner.positional = {self};
            if (const auto sorted = python_builtin("sorted", inner)) {
                if (const auto items = items_of(*sorted)) {
                    *l->items = *items;
                }
            }
            return none();
        }
    }
    if (const Values* items = items_of(self); items != nullptr && args.size() == 1) {
        const std::string method = name.substr(5);
        const auto found = std::ranges::find_if(*items, [&](const Value& one) { return equal(one, args[0]); });
        if (method == "index") {
            if (found == items->end()) {
                fail("tile-key", span, repr(args[0]) + " is not in the list");
            }
            return static_cast<int64_t>(found - items->begin());
        }
        if (method == "count") {
            return static_cast<int64_t>(
                std::ranges::count_if(*items, [&](const Value& one) { return equal(one, args[0]); }));
        }
        if (const auto* set = self.get<SetValue>(); set != nullptr && method == "add") {
            if (found == items->end()) {
                set->items->push_back(args[0]);
            }
            return none();
        }
    }
    if (const auto* d = self.get<DictValue>()) {
        const std::string method = name.substr(5);
        if (method == "keys" || method == "values" || method == "items") {
            Values out;
            for (const auto& [key, value] : *d->items) {
                out.push_back(method == "keys" ? key : method == "values" ? value : tuple({key, value}));
            }
            return list(std::move(out));
        }
        if (method == "get" && !args.empty()) {
            const Value* value = find(*d, args[0]);
            return value != nullptr ? *value : args.size() == 2 ? args[1] : none();
        }
        if (method == "copy") {
            return dict(*d->items);
        }
        if (method == "update") {
            if (args.size() == 1) {
                if (const auto* other = args[0].get<DictValue>()) {
                    const auto more = *other->items;
                    for (const auto& [key, value] : more) {
                        insert(*d, key, value);
                    }
                }
            }
            for (const auto& [key, value] : call.keywords) {
                insert(*d, key, value);
            }
            return none();
        }
        if ((method == "pop" || method == "setdefault") && !args.empty()) {
            const Value* value = find(*d, args[0]);
            Value result = value != nullptr ? *value : args.size() == 2 ? args[1] : none();
            if (method == "setdefault") {
                insert(*d, args[0], result);
            } else {
                std::erase_if(*d->items, [&](const auto& one) { return equal(one.first, args[0]); });
            }
            return result;
        }
    }
    if (const auto* text = self.get<std::string>()) {
        const std::string method = name.substr(4);
        const auto other = [&](size_t i) { return i < args.size() ? str(args[i]) : std::string(); };
        if (method == "startswith") {
            return text->starts_with(other(0));
        }
        if (method == "endswith") {
            return text->ends_with(other(0));
        }
        if (method == "upper" || method == "lower") {
            std::string out = *text;
            for (char& c : out) {
                c = static_cast<char>(method == "upper" ? std::toupper(c) : std::tolower(c));
            }
            return out;
        }
        if (method == "isdigit" || method == "isalpha") {
            return !text->empty() && std::ranges::all_of(*text, [&](unsigned char c) {
                return method == "isdigit" ? std::isdigit(c) != 0 : std::isalpha(c) != 0;
            });
        }
        if (method == "strip") {
            return trimmed(*text);
        }
        if (method == "join" && args.size() == 1) {
            std::string out;
            for (const Value& one : iterate(args[0], span)) {
                out += (out.empty() ? "" : *text) + str(one);
            }
            return out;
        }
        if (method == "split") {
            Values parts;
            const std::string by = args.empty() ? " " : other(0);
            size_t from = 0;
            for (size_t at = text->find(by); at != std::string::npos && !by.empty(); at = text->find(by, from)) {
                if (!args.empty() || at != from) {
                    parts.emplace_back(text->substr(from, at - from));
                }
                from = at + by.size();
            }
            if (!args.empty() || from < text->size()) {
                parts.emplace_back(text->substr(from));
            }
            return list(std::move(parts));
        }
        if (method == "replace" && args.size() >= 2) {
            std::string out = *text;
            const std::string by = other(0);
            for (size_t at = out.find(by); at != std::string::npos && !by.empty();
                 at = out.find(by, at + other(1).size())) {
                out.replace(at, by.size(), other(1));
            }
            return out;
        }
        return method == "format" ? std::optional<Value>(*text) : std::nullopt;
    }
    if (name == "expr.astype" && args.size() == 1) {
        return Value(to_expr(self, to_dtype(args[0], span), span));
    }
    if (name == "number.astype" && args.size() == 1) {
        return Value(to_expr(self, to_dtype(args[0], span), span));
    }
    if (name == "number.bit_length") {
        const uint64_t size = static_cast<uint64_t>(std::abs(to_int(self, span, "a number")));
        return static_cast<int64_t>(64 - (size == 0 ? 64 : __builtin_clzll(size)));
    }
    if (name == "number.is_integer") {
        const auto* d = self.get<double>();
        return d == nullptr || *d == std::floor(*d);
    }
    if (name == "dtype.as_torch") {
        return self;
    }
    if (name == "dtype.is_floating_point") {
        return ir::is_float(*self.get<ir::DType>());
    }
    if (name == "buffer.scope") {
        const ir::Scope scope = (*self.get<ir::Buffer>())->scope;
        return std::string(scope == ir::Scope::Shared     ? "shared.dyn"
                           : scope == ir::Scope::Fragment ? "local.fragment"
                           : scope == ir::Scope::Local    ? "local"
                                                          : "global");
    }
    return host_builtin(name, call);
}

}  // namespace tessera::tile::front
