// einops: "b s (h d) -> (b s) h d".
#include <algorithm>
#include <cctype>
#include <map>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {
namespace {

using Group = std::vector<std::string>;

/// The names of one side of a pattern, a group a dimension; nothing for what has no place here ("...").
std::optional<std::vector<Group>> groups_of(const std::string& text) {
    std::vector<Group> groups;
    bool inside = false;
    std::string word;
    const auto flush = [&] {
        if (word.empty()) {
            return;
        }
        if (!inside) {
            groups.emplace_back();
        }
        groups.back().push_back(std::exchange(word, {}));
    };
    for (const char c : text + " ") {
        if (c == '(') {
            flush();
            groups.emplace_back();
            inside = true;
        } else if (c == ')') {
            flush();
            inside = false;
        } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            flush();
        } else if (c == '.') {
            return std::nullopt;
        } else {
            word += c;
        }
    }
    return groups;
}

bool is_number(const std::string& name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

Call with(const Values& args, Span span) {
    Call call;
    call.positional = args;
    call.places.assign(args.size(), span);
    call.span = span;
    return call;
}

}  // namespace

std::optional<Value> einops_function(const std::string& name, const Call& call) {
    const Values& args = call.positional;
    const auto* tensor = args.empty() ? nullptr : args[0].get<TensorValue>();
    const auto* pattern = args.size() < 2 ? nullptr : args[1].get<std::string>();
    Value unknown = opaque("a tensor", call.span);
    const auto applied = [&](const Value& to, std::string_view method, const Values& arguments) -> Value {
        const auto* one = to.get<TensorValue>();
        const std::optional<Value> made =
            one == nullptr ? std::nullopt : tensor_method(*one, std::string(method), with(arguments, call.span));
        return made ? *made : unknown;
    };
    if (tensor == nullptr || pattern == nullptr || pattern->find("->") == std::string::npos) {
        return unknown;
    }
    const size_t arrow = pattern->find("->");
    const auto left = groups_of(pattern->substr(0, arrow));
    const auto right = groups_of(pattern->substr(arrow + 2));
    const auto shape = shape_of(*tensor->data);
    if (!left || !right || !shape || left->size() != shape->size()) {
        return unknown;
    }
    std::map<std::string, int64_t> extents;
    for (const auto& [key, value] : call.keywords) {
        if (const auto* extent = value.get<int64_t>()) {
            extents[key] = *extent;
        }
    }
    Values apart;
    Group names;
    for (size_t d = 0; d < left->size(); ++d) {
        int64_t rest = (*shape)[d];
        std::string open;
        for (const std::string& one : (*left)[d]) {
            if (is_number(one)) {
                extents[one] = std::stoll(one);
            }
            if (!extents.contains(one)) {
                if (!open.empty()) {
                    return unknown;
                }
                open = one;
            } else if (extents[one] > 0) {
                rest /= extents[one];
            }
        }
        if (!open.empty()) {
            extents[open] = rest;
        }
        for (const std::string& one : (*left)[d]) {
            apart.emplace_back(extents[one]);
            names.push_back(one);
        }
    }
    Value now = applied(*tensor, "reshape", {tuple(apart)});
    // Names that the right side has not are reduced away; those that only it has are repeated.
    Group wanted;
    for (const Group& group : *right) {
        wanted.insert(wanted.end(), group.begin(), group.end());
    }
    for (size_t d = names.size(); d-- > 0;) {
        if (std::ranges::find(wanted, names[d]) == wanted.end()) {
            if (!now.is<TensorValue>()) {
                return unknown;
            }
            const std::string op = name == "reduce" && args.size() > 2 ? str(args[2]) : std::string("sum");
            const std::string method = op == "max" ? "amax" : op == "min" ? "amin" : op;
            now = applied(now, method, {static_cast<int64_t>(d)});
            names.erase(names.begin() + static_cast<std::ptrdiff_t>(d));
        }
    }
    for (const std::string& one : wanted) {
        if (std::ranges::find(names, one) != names.end()) {
            continue;
        }
        if (is_number(one)) {
            extents[one] = std::stoll(one);
        }
        if (!extents.contains(one) || !now.is<TensorValue>()) {
            return unknown;
        }
        now = applied(now, "unsqueeze", {int64_t{0}});
        const auto* one_more = now.get<TensorValue>();
        if (one_more == nullptr) {
            return unknown;
        }
        Values wide(one_more->data->shape);
        wide[0] = extents[one];
        now = applied(now, "expand", {tuple(wide)});
        names.insert(names.begin(), one);
    }
    Values order;
    for (const std::string& one : wanted) {
        order.emplace_back(static_cast<int64_t>(std::ranges::find(names, one) - names.begin()));
    }
    now = applied(now, "permute", {tuple(order)});
    if (!now.is<TensorValue>()) {
        return unknown;
    }
    Values whole;
    for (const Group& group : *right) {
        int64_t extent = 1;
        for (const std::string& one : group) {
            extent *= extents[one];
        }
        whole.emplace_back(extent);
    }
    return tensor_method(*now.get<TensorValue>(), "reshape", with({tuple(whole)}, call.span));
}

}  // namespace tessera::tile::front
