#include <tile/lower/prune.h>

#include <set>
#include <type_traits>

namespace tessera::tile::lower {

namespace {

using device::Code;
using device::Node;
using ir::Expr;
using ir::Var;

using Used = std::set<Var>;

void collect(const Expr& expr, Used& used) {
    if (expr) {
        ir::walk(expr, [&](const Expr& node) {
            if (node->var) {
                used.insert(node->var);
            }
        });
    }
}

bool only_reads(const device::Call& call) {
    return call.result &&
           (call.function == "get_write_ptr" || call.function == "get_read_ptr" || call.function == "read_word" ||
            call.function == "load_word" || call.function == "read_tile_value");
}

void collect(const Code& code, Used& used) {
    for (const Node& node : code) {
        std::visit(
            [&](const auto& of) {
                using Kind = std::decay_t<decltype(of)>;
                if constexpr (std::is_same_v<Kind, device::Call>) {
                    for (const device::Argument& argument : of.arguments) {
                        if (const auto* expr = std::get_if<Expr>(&argument)) {
                            collect(*expr, used);
                        }
                    }
                } else if constexpr (std::is_same_v<Kind, device::Declare> || std::is_same_v<Kind, device::Assign>) {
                    collect(of.value, used);
                } else if constexpr (std::is_same_v<Kind, device::Loop>) {
                    collect(of.begin, used);
                    collect(of.end, used);
                    collect(of.step, used);
                    collect(of.body, used);
                } else if constexpr (std::is_same_v<Kind, device::Branch>) {
                    collect(of.condition, used);
                    collect(of.then, used);
                    collect(of.otherwise, used);
                }
            },
            node->of);
    }
}

/// Whether it has an effect beyond itself: a call, an assignment.
bool acts(const Code& code) {
    for (const Node& node : code) {
        if (std::holds_alternative<device::Call>(node->of) || std::holds_alternative<device::Assign>(node->of)) {
            return true;
        }
        if (const auto* loop = std::get_if<device::Loop>(&node->of); loop != nullptr && acts(loop->body)) {
            return true;
        }
        if (const auto* branch = std::get_if<device::Branch>(&node->of);
            branch != nullptr && (acts(branch->then) || acts(branch->otherwise))) {
            return true;
        }
    }
    return false;
}

bool leaves(const Code& code) {
    for (const Node& node : code) {
        if (std::holds_alternative<device::Leave>(node->of)) {
            return true;
        }
        if (const auto* branch = std::get_if<device::Branch>(&node->of);
            branch != nullptr && (leaves(branch->then) || leaves(branch->otherwise))) {
            return true;
        }
    }
    return false;
}

/// One round; `changed` is set if anything went.
Code round(const Code& code, const Used& used, bool& changed) {
    Code result;
    for (const Node& node : code) {
        if (const auto* declare = std::get_if<device::Declare>(&node->of)) {
            if (!used.contains(declare->var)) {
                changed = true;
                continue;
            }
        } else if (const auto* assign = std::get_if<device::Assign>(&node->of)) {
            if (!used.contains(assign->var)) {
                changed = true;
                continue;
            }
        } else if (const auto* call = std::get_if<device::Call>(&node->of)) {
            if (only_reads(*call) && !used.contains(call->result)) {
                changed = true;
                continue;
            }
        } else if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
            Code body = round(loop->body, used, changed);
            if (!acts(body)) {
                changed = true;
                continue;
            }
            result.push_back(device::make_node(
                device::Loop{loop->var, loop->begin, loop->end, loop->step, std::move(body)}, node->span));
            continue;
        } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
            Code then = round(branch->then, used, changed), otherwise = round(branch->otherwise, used, changed);
            const bool keeps = acts(then) || acts(otherwise) || leaves(then) || leaves(otherwise);
            if (!keeps) {
                changed = true;
                continue;
            }
            Expr condition = branch->condition;
            if (then.empty()) {
                condition = ir::make(ir::Op::Not, {condition});
                std::swap(then, otherwise);
            }
            result.push_back(
                device::make_node(device::Branch{condition, std::move(then), std::move(otherwise)}, node->span));
            continue;
        }
        result.push_back(node);
    }
    return result;
}

}  // namespace

Code without_unused(const Code& code) {
    Code result = code;
    for (bool changed = true; changed;) {
        changed = false;
        Used used;
        collect(result, used);
        result = round(result, used, changed);
    }
    return result;
}

bool uses(const Code& code, const Var& var) {
    Used used;
    collect(code, used);
    return used.contains(var);
}

}  // namespace tessera::tile::lower
