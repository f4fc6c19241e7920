#include <tile/prove/stores.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <tile/ir/print.h>
#include <tile/pass/linear.h>

namespace tessera::tile::prove {
namespace {

using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Var;

/// Goes through a kernel and finds its stores.
class Collector {
public:
    explicit Collector(const ir::Kernel& kernel) {
        for (const ir::Stmt& stmt : kernel.body) {
            if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
                start(*launch);
            }
        }
    }

    std::vector<Store> stores;

private:
    struct Test {
        Expr condition;
        bool holds = true;
    };
    size_t launches_ = 0;
    std::vector<Var> turns_;  ///< of loops, which counters are known by
    std::map<Var, Expr> named_;
    std::map<const ir::VarNode*, Counter> counters_;
    std::map<Var, std::string> data_;  ///< variables that depend on what is in memory, and on what
    std::vector<Test> tests_;
    std::vector<std::string> doubts_;  ///< of loops around: why it is not known how often they turn
    pass::Facts facts_;

    void start(const ir::Launch& launch) {
        counters_.clear();
        facts_ = {};
        for (size_t i = 0; i < launch.vars.size(); ++i) {
            const auto size = ir::constant(launch.extents[i]);
            if (!size) {
                doubts_.push_back("the number of blocks is known at run time only");
            }
            counter(launch.vars[i], size.value_or(1), true);
        }
        block(launch.body);
        doubts_.clear();
        ++launches_;
    }

    void counter(const Var& var, int64_t size, bool grid) {
        counters_[var.get()] = {size, grid, {}};
        facts_.bounds[var] = {0, std::max<int64_t>(size - 1, 0)};
    }

    /// With what has a name written out.
    Expr plain(const Expr& expr) const {
        return ir::substitute(expr, [&](const Var& var) -> Expr {
            const auto at = named_.find(var);
            return at == named_.end() ? nullptr : at->second;
        });
    }

    /// What in memory an expression depends on; empty: nothing.
    std::string memory(const Expr& expr) const {
        std::string what;
        ir::walk(expr, [&](const Expr& node) {
            if (node->op == Op::Load) {
                what = node->buffer->name;
            } else if (node->op == Op::Var && data_.contains(node->var)) {
                what = data_.at(node->var);
            }
        });
        return what;
    }

    void block(const ir::Block& body) {
        for (const ir::Stmt& stmt : body) {
            if (const auto* let = std::get_if<ir::Let>(&stmt->of)) {
                const Expr value = plain(let->value);
                if (const std::string what = memory(value); !what.empty()) {
                    data_[let->var] = what;
                } else {
                    named_[let->var] = value;
                }
            } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                turns(*loop);
            } else if (const auto* nest = std::get_if<ir::Parallel>(&stmt->of)) {
                for (size_t i = 0; i < nest->vars.size(); ++i) {
                    counter(nest->vars[i], ir::constant(plain(nest->extents[i])).value_or(1), false);
                    if (!ir::constant(plain(nest->extents[i]))) {
                        data_[nest->vars[i]] = "the extent of " + nest->vars[i]->name;
                    }
                }
                block(nest->body);
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                sides(*branch);
            } else if (const auto* forever = std::get_if<ir::While>(&stmt->of)) {
                doubts_.emplace_back("how often its while loop turns is known at run time only");
                block(forever->body);
                doubts_.pop_back();
            } else if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
                store(copy->dst, false, stmt->span);
            } else if (const auto* fill = std::get_if<ir::Fill>(&stmt->of)) {
                store(fill->dst, false, stmt->span);
            } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
                store(atomic->dst, true, stmt->span);
            } else if (const auto* one = std::get_if<ir::Store>(&stmt->of)) {
                ir::Region region{one->buffer, one->indices, std::vector<Expr>(one->indices.size(), ir::make_int(1)),
                                  std::vector<bool>(one->indices.size(), true)};
                store(region, false, stmt->span);
            }
        }
    }

    static bool leaves(const ir::Block& body) {
        return std::any_of(body.begin(), body.end(), [](const ir::Stmt& stmt) {
            if (std::holds_alternative<ir::Break>(stmt->of)) {
                return true;
            }
            const auto* branch = std::get_if<ir::If>(&stmt->of);
            return branch != nullptr && (leaves(branch->then) || leaves(branch->otherwise));
        });
    }

    void turns(const ir::For& loop) {
        const Expr begin = plain(loop.begin), end = plain(loop.end);
        const auto first = ir::constant(begin), last = ir::constant(end), step = ir::constant(plain(loop.step));
        bool doubt = false;
        const auto hesitate = [&](std::string why) {
            doubts_.push_back(std::move(why));
            doubt = true;
        };
        if (leaves(loop.body)) {
            hesitate(fmt::format("the loop over {} may be left early", loop.var->name));
        }
        if (first && last && step && *step > 0) {
            const int64_t count = std::max<int64_t>((*last - *first + *step - 1) / *step, 0);
            const auto turn = std::make_shared<const ir::VarNode>(ir::VarNode{loop.var->name, loop.var->dtype});
            counter(turn, count, false);
            turns_.push_back(turn);
            named_[loop.var] = ir::make_int(*first) + ir::make_var(turn) * ir::make_int(*step);
            if (count > 0) {
                block(loop.body);
            }
        } else if (const auto least = pass::bounds_of(begin, facts_);
                   least && last && step && *step > 0 && memory(begin).empty()) {
            // A block takes every so manieth item, from its own on.
            const auto turn = std::make_shared<const ir::VarNode>(ir::VarNode{loop.var->name, loop.var->dtype});
            counter(turn, std::max<int64_t>((*last - least->low + *step - 1) / *step, 0), false);
            turns_.push_back(turn);
            const Expr at = begin + ir::make_var(turn) * ir::make_int(*step);
            named_[loop.var] = at;
            tests_.push_back({ir::make(Op::Lt, {at, end}), true});
            block(loop.body);
            tests_.pop_back();
        } else {
            const std::string what = memory(begin).empty() ? memory(end) : memory(begin);
            data_[loop.var] = fmt::format("the turns of the loop over {}{}", loop.var->name,
                                          what.empty() ? "" : ", which depend on " + what);
            const auto low = pass::bounds_of(begin, facts_), high = pass::bounds_of(end, facts_);
            if (!low || !high || low->high >= high->low) {
                hesitate(fmt::format("the loop over {} may not turn at all", loop.var->name));
            }
            block(loop.body);
        }
        if (doubt) {
            doubts_.pop_back();
        }
    }

    /// A store that stands on both sides stands beside the condition.
    void sides(const ir::If& branch) {
        const Expr condition = plain(branch.condition);
        const size_t before = stores.size();
        tests_.push_back({condition, true});
        block(branch.then);
        const size_t middle = stores.size();
        tests_.back().holds = false;
        block(branch.otherwise);
        tests_.pop_back();
        for (size_t i = before; i < middle; ++i) {
            for (size_t j = middle; j < stores.size(); ++j) {
                if (same_place(stores[i], stores[j])) {
                    Store both = bare(stores_regions_[i]);
                    stores[i] = std::move(both);
                    stores.erase(stores.begin() + static_cast<std::ptrdiff_t>(j));
                    stores_regions_.erase(stores_regions_.begin() + static_cast<std::ptrdiff_t>(j));
                    break;
                }
            }
        }
    }

    /// What a store was made of, so that it can be made again under fewer conditions.
    struct Made {
        ir::Region region;
        bool atomic = false;
        Span span;
    };
    std::vector<Made> stores_regions_;

    bool same_place(const Store& a, const Store& b) const {
        const ir::Region &x = stores_regions_[static_cast<size_t>(&a - stores.data())].region,
                         &y = stores_regions_[static_cast<size_t>(&b - stores.data())].region;
        if (x.buffer != y.buffer) {
            return false;
        }
        for (size_t i = 0; i < x.begin.size(); ++i) {
            if (!ir::same(x.begin[i], y.begin[i]) || !ir::same(x.extent[i], y.extent[i])) {
                return false;
            }
        }
        return true;
    }

    void store(const ir::Region& region, bool atomic, Span span) {
        if (region.buffer->scope != ir::Scope::Param) {
            return;
        }
        ir::Region written = region;
        for (Expr& begin : written.begin) {
            begin = plain(begin);
        }
        for (Expr& extent : written.extent) {
            extent = plain(extent);
        }
        Made made{std::move(written), atomic, span};
        stores.push_back(bare(made));
        stores_regions_.push_back(std::move(made));
    }

    Store bare(const Made& made) const {
        Store result;
        result.tensor = made.region.buffer;
        result.span = made.span;
        result.launch = launches_;
        result.atomic = made.atomic;
        result.counters = counters_;
        result.limit.assign(made.region.begin.size(), INT64_MAX);
        if (!doubts_.empty()) {
            result.unknown = doubts_.back();
        }
        pass::Facts facts = facts_;
        std::vector<std::pair<pass::Linear, int64_t>> limits;  ///< sums that are below a number
        bool never = false;
        for (const Test& test : tests_) {
            restrict(test.condition, test.holds, result, facts, limits, never);
        }
        if (never) {
            result.lines.assign(made.region.begin.size(), {0, 0, {}});
            return result;
        }
        for (size_t i = 0; i < made.region.begin.size() && result.unknown.empty(); ++i) {
            const auto extent = ir::constant(made.region.extent[i]);
            if (!extent) {
                result.unknown = "how much is stored is known at run time only";
                break;
            }
            line(made.region.begin[i], *extent, i, result, limits);
        }
        if (result.unknown.empty() &&
            std::any_of(limits.begin(), limits.end(), [](const auto& limit) { return limit.second >= 0; })) {
            result.unknown = "it stands under a condition of several variables";
        }
        return result;
    }

    /// What a condition says of the counters.
    void restrict(const Expr& condition, bool holds, Store& store, pass::Facts& facts,
                  std::vector<std::pair<pass::Linear, int64_t>>& limits, bool& never) const {
        if (condition->op == Op::Not) {
            return restrict(condition->args[0], !holds, store, facts, limits, never);
        }
        if (const auto value = ir::constant(condition)) {
            never = never || (*value != 0) != holds;
            return;
        }
        if ((condition->op == Op::And && holds) || (condition->op == Op::Or && !holds)) {
            restrict(condition->args[0], holds, store, facts, limits, never);
            return restrict(condition->args[1], holds, store, facts, limits, never);
        }
        if (const std::string what = memory(condition); !what.empty()) {
            store.unknown = "whether it happens depends on " + what;
            return;
        }
        Op op = condition->op;
        if (op != Op::Lt && op != Op::Le && op != Op::Gt && op != Op::Ge && op != Op::Eq && op != Op::Ne) {
            store.unknown = "whether it happens depends on " + ir::print(condition);
            return;
        }
        if (!holds) {
            op = op == Op::Lt   ? Op::Ge
                 : op == Op::Le ? Op::Gt
                 : op == Op::Gt ? Op::Le
                 : op == Op::Ge ? Op::Lt
                 : op == Op::Eq ? Op::Ne
                                : Op::Eq;
        }
        // sum op 0, and then sum < 0 or sum == 0.
        pass::Linear sum = pass::linear(condition->args[0] - condition->args[1]);
        if (op == Op::Gt || op == Op::Ge) {
            for (auto& [atom, factor] : sum.terms) {
                factor = -factor;
            }
            sum.constant = -sum.constant;
            op = op == Op::Gt ? Op::Lt : Op::Le;
        }
        if (op == Op::Le) {
            sum.constant -= 1;
            op = Op::Lt;
        }
        const auto bounds = pass::bounds_of(pass::to_expr(sum), facts);
        if (bounds && op == Op::Lt && (bounds->high < 0 || bounds->low >= 0)) {
            never = never || bounds->low >= 0;
            return;
        }
        if (bounds && op != Op::Lt && (bounds->low > 0 || bounds->high < 0)) {
            never = never || op == Op::Eq;
            return;
        }
        const bool single = sum.terms.size() == 1 && sum.terms[0].first->op == Op::Var &&
                            store.counters.contains(sum.terms[0].first->var.get());
        if (single) {
            const Var& var = sum.terms[0].first->var;
            const int64_t factor = sum.terms[0].second;
            Counter& counter = store.counters.at(var.get());
            if (op == Op::Lt && factor > 0) {
                counter.size = std::min(counter.size, std::max<int64_t>((-sum.constant + factor - 1) / factor, 0));
                facts.bounds[var] = {0, std::max<int64_t>(counter.size - 1, 0)};
                return;
            }
            if (op == Op::Eq && sum.constant == 0) {
                counter.size = 1;
                facts.bounds[var] = {0, 0};
                return;
            }
        }
        if (op == Op::Lt) {
            limits.emplace_back(sum, -sum.constant);
            limits.back().first.constant = 0;
            return;
        }
        store.unknown = "whether it happens depends on " + ir::print(condition);
    }

    static bool equal(const pass::Linear& a, const pass::Linear& b) {
        return a.terms.size() == b.terms.size() && std::all_of(a.terms.begin(), a.terms.end(), [&](const auto& term) {
                   return std::any_of(b.terms.begin(), b.terms.end(), [&](const auto& other) {
                       return term.second == other.second && ir::same(term.first, other.first);
                   });
               });
    }

    /// The place along dimension `d`.
    void line(const Expr& begin, int64_t extent, size_t d, Store& store,
              std::vector<std::pair<pass::Linear, int64_t>>& limits) const {
        if (const std::string what = memory(begin); !what.empty()) {
            store.unknown = "where it goes depends on " + what;
            return;
        }
        const pass::Linear sum = pass::linear(begin);
        for (auto& [limit, below] : limits) {
            pass::Linear bare = sum;
            bare.constant = 0;
            if (below >= 0 && extent == 1 && equal(limit, bare)) {
                store.limit[d] = std::min(store.limit[d], below + sum.constant);
                below = -1;
            }
        }
        Line line{sum.constant, extent, {}};
        for (const auto& [atom, factor] : sum.terms) {
            if (atom->op == Op::Var && store.counters.contains(atom->var.get())) {
                const int64_t size = store.counters.at(atom->var.get()).size;
                // Backwards is forwards from the other end.
                line.begin += factor < 0 ? factor * (size - 1) : 0;
                line.digits.push_back({atom->var.get(), 1, size, std::abs(factor)});
            } else if (const auto digit = digit_of(atom, factor, store, limits)) {
                line.digits.push_back(*digit);
            } else {
                store.unknown = "where it goes depends on " + ir::print(atom);
                return;
            }
        }
        store.lines.push_back(std::move(line));
    }

    /// sum / over % size, where the sum of counters is itself a number.
    std::optional<Digit> digit_of(const Expr& atom, int64_t factor, Store& store,
                                  std::vector<std::pair<pass::Linear, int64_t>>& limits) const {
        Digit digit;
        digit.factor = factor;
        digit.size = 0;
        Expr inner = atom;
        for (const Op op : {Op::FloorMod, Op::FloorDiv}) {
            if (inner->op != op) {
                continue;
            }
            const auto by = ir::constant(inner->args[1]);
            if (!by || *by <= 0) {
                return std::nullopt;
            }
            (op == Op::FloorMod ? digit.size : digit.over) = *by;
            inner = inner->args[0];
        }
        if (inner == atom) {
            return std::nullopt;
        }
        const Counter* counter = nullptr;
        if (inner->op == Op::Var && store.counters.contains(inner->var.get())) {
            digit.counter = inner->var.get();
            counter = &store.counters.at(digit.counter);
        } else {
            counter = joined(pass::linear(inner), store, limits, digit);
        }
        if (counter == nullptr) {
            return std::nullopt;
        }
        const int64_t left = (counter->size + digit.over - 1) / digit.over;
        // A last digit that is not whole leaves places out that depend on the others.
        if (digit.size == 0) {
            digit.size = left;
        } else if (left > digit.size && left % digit.size != 0) {
            return std::nullopt;
        } else {
            digit.size = std::min(digit.size, left);
        }
        return counter->size % digit.over == 0 || left == 1 ? std::optional(digit) : std::nullopt;
    }

    /// The counter that a sum of others is; one is made for it.
    static const Counter* joined(const pass::Linear& sum, Store& store,
                                 std::vector<std::pair<pass::Linear, int64_t>>& limits, Digit& digit) {
        std::vector<std::pair<int64_t, int64_t>> parts;
        Counter made;
        for (const auto& [atom, factor] : sum.terms) {
            if (atom->op != Op::Var || !store.counters.contains(atom->var.get())) {
                return nullptr;
            }
            const Counter& part = store.counters.at(atom->var.get());
            parts.emplace_back(factor, part.size);
            made.parts.push_back(atom->var);
            made.grid = made.grid || part.grid;
        }
        std::sort(parts.begin(), parts.end());
        for (const auto& [factor, size] : parts) {
            if (factor != made.size && size > 1) {
                return nullptr;
            }
            made.size *= size;
        }
        if (sum.constant != 0) {
            return nullptr;
        }
        for (const auto& [var, known] : store.counters) {
            if (!known.parts.empty() && known.parts == made.parts) {
                digit.counter = var;
                return &known;
            }
        }
        for (auto& [limit, below] : limits) {
            if (below >= 0 && equal(limit, sum)) {
                made.size = std::min(made.size, below);
                below = -1;
            }
        }
        if (made.parts.empty()) {
            return nullptr;
        }
        store.made.push_back(std::make_shared<const ir::VarNode>(*made.parts.front()));
        digit.counter = store.made.back().get();
        return &store.counters.emplace(digit.counter, std::move(made)).first->second;
    }
};

}  // namespace

std::vector<Store> stores_of(const ir::Kernel& kernel) {
    return std::move(Collector(kernel).stores);
}

}  // namespace tessera::tile::prove
