#include <tile/prove/code.h>

#include <algorithm>

namespace tessera::tile::prove {

using device::Call;
using device::Code;
using device::Node;

namespace {

void spread_once(const Code& code, bool inside, Vars& vars) {
    for (const Node& node : code) {
        if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
            if (declared->value != nullptr && depends(declared->value, vars)) {
                vars.insert(declared->var.get());
            }
        } else if (const auto* assigned = std::get_if<device::Assign>(&node->of)) {
            if (inside || depends(assigned->value, vars)) {
                vars.insert(assigned->var.get());
            }
        } else if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
            const bool uneven = depends(loop->begin, vars) || depends(loop->end, vars);
            if (uneven) {
                vars.insert(loop->var.get());
            }
            spread_once(loop->body, inside || uneven, vars);
        } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
            const bool uneven = inside || depends(branch->condition, vars);
            spread_once(branch->then, uneven, vars);
            spread_once(branch->otherwise, uneven, vars);
        } else if (const auto* made = std::get_if<Call>(&node->of)) {
            if (made->result != nullptr &&
                std::any_of(made->arguments.begin(), made->arguments.end(), [&](const device::Argument& one) {
                    const auto* expr = std::get_if<ir::Expr>(&one);
                    return expr != nullptr && depends(*expr, vars);
                })) {
                vars.insert(made->result.get());
            }
        }
    }
}

}  // namespace

void each(const Code& code, const std::function<void(const Node&)>& visit) {
    for (const Node& node : code) {
        visit(node);
        if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
            each(loop->body, visit);
        } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
            each(branch->then, visit);
            each(branch->otherwise, visit);
        }
    }
}

bool uses_rings(const Code& code) {
    bool result = false;
    each(code, [&](const Node& node) {
        const auto* made = std::get_if<Call>(&node->of);
        result = result || (made != nullptr && made->function.starts_with("cb_"));
    });
    return result;
}

bool depends(const ir::Expr& expr, const Vars& vars) {
    bool found = false;
    ir::walk(expr, [&](const ir::Expr& node) {
        found = found || (node->op == ir::Op::Var && vars.contains(node->var.get()));
    });
    return found;
}

Vars spread(const Code& code, Vars vars) {
    for (size_t before = vars.size() + 1; before != vars.size();) {
        before = vars.size();
        spread_once(code, false, vars);
    }
    return vars;
}

}  // namespace tessera::tile::prove
