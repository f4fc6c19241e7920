#include <tile/lower/compute_guards.h>

#include <utility>

#include <tile/lower/compute_stores.h>

namespace tessera::tile::lower {

using ir::Expr;
using ir::Op;

namespace {

bool is_element(const Expr& expr, const TilePosition& position) {
    return expr->op == Op::Var && (expr->var == position.element_row || expr->var == position.element_column);
}

bool same_for_all(const Expr& expr, const TilePosition& position) {
    bool same = true;
    ir::walk(expr, [&](const Expr& node) { same = same && node->op != Op::Load && !is_element(node, position); });
    return same;
}

Expr make_and(const Expr& a, const Expr& b) {
    return ir::constant(a) == 1   ? b
           : ir::constant(b) == 1 ? a
           : ir::constant(a) == 0 ? a
           : ir::constant(b) == 0 ? b
                                  : ir::make(Op::And, {a, b});
}
Expr make_or(const Expr& a, const Expr& b) {
    return ir::constant(a) == 0   ? b
           : ir::constant(b) == 0 ? a
           : ir::constant(a) == 1 ? a
           : ir::constant(b) == 1 ? b
                                  : ir::make(Op::Or, {a, b});
}

/// value >= 0, as true or false if that is known.
Expr not_negative(const Expr& value, const pass::Facts& facts) {
    if (const auto bounds = pass::bounds_of(value, facts)) {
        if (bounds->low >= 0 || bounds->high < 0) {
            return ir::make_bool(bounds->low >= 0);
        }
    }
    return ir::make(Op::Ge, {value, number(0)});
}

}  // namespace

std::optional<Guard> guard_of(const Expr& condition, const TilePosition& position) {
    Guard guard;
    if (same_for_all(condition, position)) {
        guard.kind = Guard::Kind::Same;
        guard.rest = condition;
        return guard;
    }
    if (condition->op == Op::And || condition->op == Op::Or || condition->op == Op::Not) {
        guard.kind = condition->op == Op::And  ? Guard::Kind::And
                     : condition->op == Op::Or ? Guard::Kind::Or
                                               : Guard::Kind::Not;
        for (const Expr& arg : condition->args) {
            std::optional<Guard> part = guard_of(arg, position);
            if (!part) {
                return std::nullopt;
            }
            guard.parts.push_back(std::move(*part));
        }
        return guard;
    }
    if (condition->op < Op::Eq || condition->op > Op::Ge || !ir::is_int(condition->args[0]->dtype)) {
        return std::nullopt;
    }
    guard.kind = Guard::Kind::Compare;
    guard.op = condition->op;
    const pass::Linear sum = pass::linear(condition->args[0] - condition->args[1]);
    pass::Linear rest;
    rest.constant = sum.constant;
    for (const auto& [atom, factor] : sum.terms) {
        if (is_element(atom, position)) {
            (atom->var == position.element_row ? guard.row : guard.column) = factor;
        } else if (same_for_all(atom, position)) {
            rest.terms.emplace_back(atom, factor);
        } else {
            return std::nullopt;
        }
    }
    guard.rest = pass::to_expr(rest);
    return guard;
}

Decided decided(const Guard& guard, const SectionTiles& section, const TilePosition& position,
                const pass::Facts& facts) {
    const auto placed = [&](const Expr& expr) {
        return ir::substitute(
            expr, [&](const ir::Var& var) -> Expr { return var == position.matrix ? section.matrix : nullptr; });
    };
    switch (guard.kind) {
        case Guard::Kind::Same: {
            const Expr condition = placed(guard.rest);
            return {condition, ir::make(Op::Not, {condition})};
        }
        case Guard::Kind::Not: {
            const Decided part = decided(guard.parts[0], section, position, facts);
            return {part.none, part.all};
        }
        case Guard::Kind::And:
        case Guard::Kind::Or: {
            const Decided a = decided(guard.parts[0], section, position, facts);
            const Decided b = decided(guard.parts[1], section, position, facts);
            return guard.kind == Guard::Kind::And ? Decided{make_and(a.all, b.all), make_or(a.none, b.none)}
                                                  : Decided{make_or(a.all, b.all), make_and(a.none, b.none)};
        }
        case Guard::Kind::Compare:
            break;
    }
    // The smallest and the largest of what is compared with 0.
    Expr low = placed(guard.rest), high = low;
    const auto extend = [&](int64_t factor, const Expr& first, int64_t tiles) {
        const Expr begin = first * number(factor * tile_side);
        const int64_t width = factor * (tiles * tile_side - 1);
        low = low + begin + number(std::min<int64_t>(width, 0));
        high = high + begin + number(std::max<int64_t>(width, 0));
    };
    extend(guard.row, section.row, section.down);
    extend(guard.column, section.column, section.across);
    low = pass::simplified(low);
    high = pass::simplified(high);
    const auto at_least = [&](const Expr& value, int64_t least) {
        return not_negative(pass::simplified(value - number(least)), facts);
    };
    const auto at_most = [&](const Expr& value, int64_t most) {
        return not_negative(pass::simplified(number(most) - value), facts);
    };
    switch (guard.op) {
        case Op::Ge:
            return {at_least(low, 0), at_most(high, -1)};
        case Op::Gt:
            return {at_least(low, 1), at_most(high, 0)};
        case Op::Le:
            return {at_most(high, 0), at_least(low, 1)};
        case Op::Lt:
            return {at_most(high, -1), at_least(low, 0)};
        case Op::Eq:
            return {ir::make_bool(false), make_or(at_least(low, 1), at_most(high, -1))};
        default:
            return {make_or(at_least(low, 1), at_most(high, -1)), ir::make_bool(false)};
    }
}

std::optional<Choice> choice_in(const Expr& expr, const TilePosition& position) {
    std::optional<Choice> found;
    Expr condition;
    ir::walk(expr, [&](const Expr& node) {
        if (!found && node->op == Op::Select) {
            if (std::optional<Guard> guard = guard_of(node->args[0], position)) {
                condition = node->args[0];
                found = Choice{std::move(*guard), nullptr, nullptr};
            }
        }
    });
    if (found) {
        const auto taken = [&](size_t branch) {
            return ir::rewrite(expr, [&](const Expr& node) {
                return node->op == Op::Select && ir::same(node->args[0], condition) ? node->args[branch] : node;
            });
        };
        found->if_true = taken(1);
        found->if_false = taken(2);
    }
    return found;
}

Expr only_zeros(const ComputeStep& step, const ir::Parallel& parallel, const Storage& storage, Coder& coder) {
    const Stored stored = stored_by(parallel.body);
    const Place& result = storage.of(step.result);
    const TilePosition position = TilePosition::fresh();
    const Mapping mapping = mapping_of(parallel, result, position, stored.span, stored.store->indices);
    if (mapping.covered || stored.condition || result.batch != 1) {
        return ir::make_bool(false);
    }
    const std::optional<Choice> choice =
        choice_in(ir::substitute(stored.value,
                                 [&](const ir::Var& var) -> Expr {
                                     const auto known = mapping.variables.find(var);
                                     return known == mapping.variables.end() ? nullptr : known->second;
                                 }),
                  position);
    if (!choice) {
        return ir::make_bool(false);
    }
    const auto zero = [](Expr value) {
        while (value->op == Op::Cast) {
            value = value->args[0];
        }
        return (value->op == Op::Float && value->float_value == 0) || ir::constant(value) == 0;
    };
    const Decided known = decided(choice->guard, {number(0), number(0), number(0), result.rows, result.columns},
                                  position, coder.context().facts);
    const Expr never = ir::make_bool(false);
    const Expr if_all = zero(choice->if_true) ? known.all : never;
    const Expr if_none = zero(choice->if_false) ? known.none : never;
    return ir::constant(if_all) == 0    ? if_none
           : ir::constant(if_none) == 0 ? if_all
                                        : ir::make(Op::Or, {if_all, if_none});
}

}  // namespace tessera::tile::lower
