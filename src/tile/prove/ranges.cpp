#include <tile/prove/ranges.h>

#include <algorithm>

namespace tessera::tile::prove {
namespace {

constexpr Range nothing = Range::all();
constexpr Range either{0, 1};

int64_t clamp(__int128 value) {
    return static_cast<int64_t>(std::clamp<__int128>(value, nothing.low, nothing.high));
}

bool endless(Range range) {
    return range.low <= nothing.low || range.high >= nothing.high;
}

Range product(Range a, Range b) {
    const __int128 ends[] = {static_cast<__int128>(a.low) * b.low, static_cast<__int128>(a.low) * b.high,
                             static_cast<__int128>(a.high) * b.low, static_cast<__int128>(a.high) * b.high};
    return {clamp(*std::min_element(ends, ends + 4)), clamp(*std::max_element(ends, ends + 4))};
}

int64_t floor_of(int64_t a, int64_t b) {
    const int64_t quotient = a / b;
    return quotient - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

Range truth(bool surely, bool surely_not) {
    return surely ? Range{1, 1} : surely_not ? Range{0, 0} : either;
}

Range compared(ir::Op op, Range a, Range b) {
    switch (op) {
        case ir::Op::Lt:
            return truth(a.high < b.low, a.low >= b.high);
        case ir::Op::Le:
            return truth(a.high <= b.low, a.low > b.high);
        case ir::Op::Gt:
            return truth(a.low > b.high, a.high <= b.low);
        case ir::Op::Ge:
            return truth(a.low >= b.high, a.high < b.low);
        case ir::Op::Eq:
            return truth(a.low == a.high && a == b, a.high < b.low || b.high < a.low);
        default:
            return truth(a.high < b.low || b.high < a.low, a.low == a.high && a == b);
    }
}

}  // namespace

Range Ranges::of(const ir::Expr& expr) const {
    using ir::Op;
    const auto arg = [&](size_t i) { return of(expr->args[i]); };
    switch (expr->op) {
        case Op::Int:
            return {expr->int_value, expr->int_value};
        case Op::Var: {
            const auto found = known_.find(expr->var.get());
            return found == known_.end() ? nothing : found->second;
        }
        case Op::Add: {
            const Range a = arg(0), b = arg(1);
            return {clamp(static_cast<__int128>(a.low) + b.low), clamp(static_cast<__int128>(a.high) + b.high)};
        }
        case Op::Sub: {
            const Range a = arg(0), b = arg(1);
            return {clamp(static_cast<__int128>(a.low) - b.high), clamp(static_cast<__int128>(a.high) - b.low)};
        }
        case Op::Mul:
            return product(arg(0), arg(1));
        case Op::FloorDiv: {
            const Range a = arg(0), b = arg(1);
            return b.low == b.high && b.low > 0 && !endless(a) ? Range{floor_of(a.low, b.low), floor_of(a.high, b.low)}
                                                               : nothing;
        }
        case Op::FloorMod: {
            const Range a = arg(0), b = arg(1);
            if (b.low != b.high || b.low <= 0) {
                return nothing;
            }
            const bool one = a.low == a.high;
            const int64_t rest = one ? a.low - floor_of(a.low, b.low) * b.low : 0;
            return one ? Range{rest, rest} : Range{0, b.low - 1};
        }
        case Op::Min: {
            const Range a = arg(0), b = arg(1);
            return {std::min(a.low, b.low), std::min(a.high, b.high)};
        }
        case Op::Max: {
            const Range a = arg(0), b = arg(1);
            return {std::max(a.low, b.low), std::max(a.high, b.high)};
        }
        case Op::Eq:
        case Op::Ne:
        case Op::Lt:
        case Op::Le:
        case Op::Gt:
        case Op::Ge:
            return compared(expr->op, arg(0), arg(1));
        case Op::And:
            return product(arg(0), arg(1));
        case Op::Or: {
            const Range a = arg(0), b = arg(1);
            return {std::max(a.low, b.low), std::max(a.high, b.high)};
        }
        case Op::Not: {
            const Range a = arg(0);
            return {1 - a.high, 1 - a.low};
        }
        case Op::Select: {
            const Range holds = arg(0), a = arg(1), b = arg(2);
            return holds == Range{1, 1}   ? a
                   : holds == Range{0, 0} ? b
                                          : Range{std::min(a.low, b.low), std::max(a.high, b.high)};
        }
        case Op::Cast:
            return ir::is_int(expr->dtype) && ir::bits_of(expr->dtype) >= 32 ? arg(0) : nothing;
        default:
            return expr->dtype == ir::DType::Bool ? either : nothing;
    }
}

bool same_text(const ir::Expr& a, const ir::Expr& b) {
    if (a->op != b->op || a->dtype != b->dtype || a->int_value != b->int_value || a->float_value != b->float_value ||
        a->buffer != b->buffer || a->args.size() != b->args.size() || (a->var == nullptr) != (b->var == nullptr) ||
        (a->var != nullptr && a->var->name != b->var->name)) {
        return false;
    }
    return std::equal(a->args.begin(), a->args.end(), b->args.begin(), same_text);
}

}  // namespace tessera::tile::prove
