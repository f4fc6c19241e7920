#include <tile/pass/limits.h>

#include <optional>

#include <algorithm>

#include <tile/pass/linear.h>

namespace tessera::tile::pass {
namespace {

using ir::Expr;
using ir::Op;
using ir::Var;

Expr as_int(const Expr& expr) {
    return expr->dtype == ir::DType::Int32 ? expr : ir::make_cast(ir::DType::Int32, expr);
}

/// A variable and the value that it is below, where the condition says just that.
struct Bound {
    Var var;
    Expr end;
};

std::optional<Bound> bound_of(const Expr& condition, const std::vector<Var>& vars) {
    const bool less = condition->op == Op::Lt || condition->op == Op::Le;
    const bool greater = condition->op == Op::Gt || condition->op == Op::Ge;
    if ((!less && !greater) || !ir::is_int(condition->args[0]->dtype) || !ir::is_int(condition->args[1]->dtype)) {
        return std::nullopt;
    }
    // a < b as a - b < 0, a <= b as a - b < 1.
    const Expr& a = condition->args[less ? 0 : 1];
    const Expr& b = condition->args[less ? 1 : 0];
    Linear sum = linear(as_int(a) - as_int(b));
    sum.constant -= condition->op == Op::Le || condition->op == Op::Ge ? 1 : 0;
    Bound bound;
    for (const Var& var : vars) {
        const auto factor = sum.factor_of(var);
        if (factor == 0) {
            continue;
        }
        if (factor != 1 || bound.var) {
            return std::nullopt;
        }
        bound.var = var;
    }
    if (!bound.var) {
        return std::nullopt;
    }
    // var + rest < 0.
    bool loads = false;
    for (auto& [atom, factor] : sum.terms) {
        ir::walk(atom, [&](const Expr& node) { loads = loads || node->op == Op::Load; });
        factor = -factor;
    }
    if (loads) {
        return std::nullopt;
    }
    sum.constant = -sum.constant;
    bound.end = simplified(to_expr(sum) + ir::make_var(bound.var));
    return bound;
}

bool shorten(const Expr& condition, const std::vector<Var>& vars, const std::vector<Var>& order, ir::Region& place) {
    if (condition->op == Op::And) {
        return shorten(condition->args[0], vars, order, place) && shorten(condition->args[1], vars, order, place);
    }
    const auto bound = bound_of(condition, vars);
    const auto at = bound ? std::find(order.begin(), order.end(), bound->var) : order.end();
    if (at == order.end()) {
        return false;
    }
    auto left = at - order.begin();
    for (size_t i = 0; i < place.begin.size(); ++i) {
        if (!place.dropped[i] && left-- == 0) {
            // A dimension of one element may be left out where regions are matched.
            if (ir::constant(place.extent[i]) == 1) {
                return false;
            }
            place.extent[i] = ir::make(Op::Min, {as_int(place.extent[i]), bound->end});
            return true;
        }
    }
    return false;
}

}  // namespace

bool ends_early(const Expr& condition, const std::vector<Var>& vars, const std::vector<Var>& order, ir::Region& place) {
    ir::Region shorter = place;
    if (!shorten(condition, vars, order, shorter)) {
        return false;
    }
    place = std::move(shorter);
    return true;
}

}  // namespace tessera::tile::pass
