#include <tile/pass/linear.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace tessera::tile::pass {

namespace {

using ir::Expr;
using ir::Op;

void add_scaled(Linear& sum, const Expr& expr, int64_t factor) {
    switch (expr->op) {
        case Op::Int:
            sum.constant += factor * expr->int_value;
            return;
        case Op::Add:
            add_scaled(sum, expr->args[0], factor);
            add_scaled(sum, expr->args[1], factor);
            return;
        case Op::Sub:
            add_scaled(sum, expr->args[0], factor);
            add_scaled(sum, expr->args[1], -factor);
            return;
        case Op::Neg:
            add_scaled(sum, expr->args[0], -factor);
            return;
        case Op::Mul:
            for (int side = 0; side < 2; ++side) {
                const Linear other = linear(expr->args[static_cast<size_t>(1 - side)]);
                if (other.terms.empty()) {
                    add_scaled(sum, expr->args[static_cast<size_t>(side)], factor * other.constant);
                    return;
                }
            }
            break;
        case Op::Cast:
            if (ir::is_int(expr->dtype) && ir::is_int(expr->args[0]->dtype)) {
                add_scaled(sum, expr->args[0], factor);
                return;
            }
            break;
        default:
            break;
    }
    const auto at =
        std::find_if(sum.terms.begin(), sum.terms.end(), [&](const auto& term) { return ir::same(term.first, expr); });
    if (at == sum.terms.end()) {
        if (factor != 0) {
            sum.terms.emplace_back(expr, factor);
        }
        return;
    }
    at->second += factor;
    if (at->second == 0) {
        sum.terms.erase(at);
    }
}

/// A quotient times its divisor and the remainder beside it are the dividend: x // n * n + x % n is x.
bool join_remainder(Linear& sum) {
    for (const auto& [remainder, factor] : sum.terms) {
        const auto by = remainder->op == Op::FloorMod ? ir::constant(remainder->args[1]) : std::nullopt;
        if (!by || *by <= 0) {
            continue;
        }
        for (const auto& [quotient, times] : sum.terms) {
            if (quotient->op != Op::FloorDiv || times != factor * *by || ir::constant(quotient->args[1]) != by ||
                !ir::same(quotient->args[0], remainder->args[0])) {
                continue;
            }
            const Expr whole = remainder->args[0], used = remainder, over = quotient;
            const int64_t scale = factor;
            std::erase_if(sum.terms, [&](const auto& term) { return term.first == used || term.first == over; });
            add_scaled(sum, whole, scale);
            return true;
        }
    }
    return false;
}

int64_t floor_div(int64_t a, int64_t b) {
    const int64_t quotient = a / b;
    return quotient - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

std::optional<Bounds> bounds_of_atom(const Expr& expr, const Facts& facts) {
    if (expr->op == Op::Var) {
        const auto at = facts.bounds.find(expr->var);
        return at == facts.bounds.end() ? std::nullopt : std::optional(at->second);
    }
    std::vector<Bounds> args;
    if (expr->op == Op::Load) {
        return std::nullopt;
    }
    for (size_t i = expr->op == Op::Select ? 1 : 0; i < expr->args.size(); ++i) {
        const auto arg = bounds_of(expr->args[i], facts);
        if (!arg) {
            return std::nullopt;
        }
        args.push_back(*arg);
    }
    switch (expr->op) {
        case Op::Min:
            return Bounds{std::min(args[0].low, args[1].low), std::min(args[0].high, args[1].high)};
        case Op::Max:
            return Bounds{std::max(args[0].low, args[1].low), std::max(args[0].high, args[1].high)};
        case Op::Select:
            return Bounds{std::min(args[0].low, args[1].low), std::max(args[0].high, args[1].high)};
        case Op::Mul: {
            const int64_t products[] = {args[0].low * args[1].low, args[0].low * args[1].high,
                                        args[0].high * args[1].low, args[0].high * args[1].high};
            return Bounds{*std::min_element(products, products + 4), *std::max_element(products, products + 4)};
        }
        case Op::FloorDiv:
            if (args[1].low == args[1].high && args[1].low > 0) {
                return Bounds{floor_div(args[0].low, args[1].low), floor_div(args[0].high, args[1].low)};
            }
            return std::nullopt;
        case Op::FloorMod:
            if (args[1].low == args[1].high && args[1].low > 0) {
                if (floor_div(args[0].low, args[1].low) == floor_div(args[0].high, args[1].low)) {
                    const int64_t base = floor_div(args[0].low, args[1].low) * args[1].low;
                    return Bounds{args[0].low - base, args[0].high - base};
                }
                return Bounds{0, args[1].low - 1};
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

int64_t divisor_of_atom(const Expr& expr, const Facts& facts) {
    switch (expr->op) {
        case Op::Var: {
            const auto at = facts.multiples.find(expr->var);
            return at == facts.multiples.end() ? 1 : at->second;
        }
        case Op::Mul:
            return divisor_of(expr->args[0], facts) * divisor_of(expr->args[1], facts);
        case Op::Min:
        case Op::Max:
            return std::gcd(divisor_of(expr->args[0], facts), divisor_of(expr->args[1], facts));
        case Op::Select:
            return std::gcd(divisor_of(expr->args[1], facts), divisor_of(expr->args[2], facts));
        case Op::FloorMod:
            return std::gcd(divisor_of(expr->args[0], facts), divisor_of(expr->args[1], facts));
        case Op::FloorDiv: {
            const auto by = ir::constant(expr->args[1]);
            const int64_t above = divisor_of(expr->args[0], facts);
            return by && *by > 0 && above % *by == 0 ? above / *by : 1;
        }
        default:
            return 1;
    }
}

}  // namespace

std::optional<int64_t> Linear::factor_of(const ir::Var& var) const {
    int64_t factor = 0;
    for (const auto& [atom, times] : terms) {
        if (atom->op == Op::Var && atom->var == var) {
            factor = times;
        } else if (ir::uses(atom, var)) {
            return std::nullopt;
        }
    }
    return factor;
}

Linear linear(const Expr& expr) {
    Linear sum;
    add_scaled(sum, expr, 1);
    while (join_remainder(sum)) {
    }
    return sum;
}

Expr to_expr(const Linear& sum, ir::DType dtype) {
    Expr result;
    for (const bool negative : {false, true}) {
        for (const auto& [atom, factor] : sum.terms) {
            if ((factor < 0) != negative) {
                continue;
            }
            const Expr value = atom->dtype == dtype ? atom : ir::make_cast(dtype, atom);
            if (!result) {
                result = factor == 1 ? value : value * ir::make_int(factor, dtype);
            } else if (negative) {
                result = result - (factor == -1 ? value : value * ir::make_int(-factor, dtype));
            } else {
                result = result + (factor == 1 ? value : value * ir::make_int(factor, dtype));
            }
        }
    }
    if (!result) {
        return ir::make_int(sum.constant, dtype);
    }
    if (sum.constant > 0) {
        return result + ir::make_int(sum.constant, dtype);
    }
    return sum.constant < 0 ? result - ir::make_int(-sum.constant, dtype) : result;
}

std::optional<Bounds> bounds_of(const Expr& expr, const Facts& facts) {
    const Linear sum = linear(expr);
    Bounds bounds{sum.constant, sum.constant};
    for (const auto& [atom, factor] : sum.terms) {
        const auto of = bounds_of_atom(atom, facts);
        if (!of) {
            return std::nullopt;
        }
        bounds.low += factor * (factor > 0 ? of->low : of->high);
        bounds.high += factor * (factor > 0 ? of->high : of->low);
    }
    return bounds;
}

int64_t divisor_of(const Expr& expr, const Facts& facts) {
    const Linear sum = linear(expr);
    int64_t divisor = std::abs(sum.constant);
    for (const auto& [atom, factor] : sum.terms) {
        divisor = std::gcd(divisor, std::abs(factor) * divisor_of_atom(atom, facts));
    }
    return divisor;
}

Expr divided(const Expr& expr, int64_t by, const Facts& facts) {
    if (by == 1) {
        return simplified(expr);
    }
    Linear exact, rest;
    const Linear sum = linear(expr);
    for (const auto& term : sum.terms) {
        if (term.second % by == 0) {
            exact.terms.emplace_back(term.first, term.second / by);
        } else {
            rest.terms.push_back(term);
        }
    }
    exact.constant = floor_div(sum.constant, by);
    rest.constant = sum.constant - exact.constant * by;
    if (rest.terms.empty()) {
        return to_expr(exact, expr->dtype);
    }
    const Expr remainder = ir::floordiv(to_expr(rest, expr->dtype), ir::make_int(by, expr->dtype));
    const auto bounds = bounds_of(remainder, facts);
    if (bounds && bounds->low == bounds->high) {
        exact.constant += bounds->low;
        return to_expr(exact, expr->dtype);
    }
    return exact.terms.empty() && exact.constant == 0 ? remainder : to_expr(exact, expr->dtype) + remainder;
}

Expr simplified(const Expr& expr) {
    return ir::is_int(expr->dtype) ? to_expr(linear(expr), expr->dtype) : expr;
}

Facts with_loop(Facts facts, const ir::For& loop) {
    const auto begin = bounds_of(loop.begin, facts);
    const auto end = bounds_of(loop.end, facts);
    const int64_t step = ir::constant(loop.step).value_or(1);
    facts.bounds.erase(loop.var);
    if (begin && end) {
        facts.bounds[loop.var] = step > 0 ? Bounds{begin->low, std::max(begin->low, end->high - 1)}
                                          : Bounds{std::min(begin->high, end->low + 1), begin->high};
        if (step > 0 && begin->low == begin->high && end->low == end->high && end->low > begin->low) {
            facts.bounds[loop.var].high = begin->low + (end->low - 1 - begin->low) / step * step;
        }
    }
    facts.multiples[loop.var] = std::gcd(divisor_of(loop.begin, facts), std::abs(step));
    return facts;
}

}  // namespace tessera::tile::pass
