#include <tile/pass/turns.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include <tile/pass/linear.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::pass {

namespace {

using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

/// A region of a tensor that a block reaches, with what is known where it does.
struct Reach {
    Region region;
    Facts facts;
};

void collect(const ir::Block& block, const Facts& facts, std::map<Buffer, std::vector<Reach>>& reached) {
    const auto add = [&](const Region& region) {
        if (const auto at = reached.find(region.buffer); at != reached.end()) {
            at->second.push_back({region, facts});
        }
    };
    for (const Stmt& stmt : block) {
        if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
            collect(loop->body, with_loop(facts, *loop), reached);
        } else if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            add(copy->src);
            add(copy->dst);
        } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
            add(atomic->dst);
        } else if (!std::holds_alternative<ir::Parallel>(stmt->of)) {
            for (const ir::Block* body : ir::bodies(*stmt)) {
                collect(*body, facts, reached);
            }
        }
    }
}

/// Whether some dimension of a tensor keeps all that blocks reach apart where they differ in `var`: they begin at
/// multiples of it, and reach no further than to the next one.
bool kept_apart(const std::vector<Reach>& reached, const Var& var) {
    for (size_t d = 0; !reached.empty() && d < reached.front().region.begin.size(); ++d) {
        int64_t step = 0, low = 0, high = 0;  // a step of 0: nothing has been seen
        bool known = true;
        for (const Reach& reach : reached) {
            const Expr& begin = reach.region.begin[d];
            const int64_t factor = linear(begin).factor_of(var).value_or(0);
            const auto extent = ir::constant(reach.region.extent[d]);
            known = factor != 0 && extent && (step == 0 || step == factor);
            if (!known) {
                break;
            }
            const Expr rest = ir::substitute(
                begin, [&](const Var& other) { return other == var ? ir::make_int(0, var->dtype) : Expr(); });
            const auto bounds = bounds_of(rest, reach.facts);
            if (!bounds) {
                known = false;
                break;
            }
            const int64_t end = bounds->high + *extent;
            low = step == 0 ? bounds->low : std::min(low, bounds->low);
            high = step == 0 ? end : std::max(high, end);
            step = factor;
        }
        if (known && high - low <= std::abs(step)) {
            return true;
        }
    }
    return false;
}

class InTurns {
public:
    InTurns(const ir::Launch& launch, int64_t cores, Names& names, Diagnostics& diagnostics)
        : launch_(launch), cores_(cores), names_(names), diagnostics_(diagnostics) {}

    Stmt run(Span span) {
        find_tensors();
        ir::Launch result = launch_;
        result.body = changed(launch_.body);
        const std::vector<size_t> meeting = meeting_axes(launch_, tensors_);
        int64_t apart = 1, together = 1;
        for (size_t axis = 0; axis < launch_.vars.size(); ++axis) {
            const int64_t extent = ir::constant(launch_.extents[axis]).value_or(1);
            (std::count(meeting.begin(), meeting.end(), axis) != 0 ? together : apart) *= extent;
        }
        const int64_t lanes = apart * 2 > cores_ ? 1 : std::min(cores_ / std::max<int64_t>(apart, 1), together);
        result = lanes > 1 ? dealt(std::move(result), meeting, together, lanes, span)
                           : serial(std::move(result), meeting, span);
        return ir::make_stmt(std::move(result), span);
    }

private:
    const ir::Launch& launch_;
    int64_t cores_;
    Names& names_;
    Diagnostics& diagnostics_;
    std::vector<Buffer> tensors_;  ///< that are updated

    Var make_var(const std::string& name) {
        return std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh(name), ir::DType::Int32});
    }

    bool updated(const Buffer& buffer) const {
        return std::find(tensors_.begin(), tensors_.end(), buffer) != tensors_.end();
    }

    void find_tensors() {
        ir::walk_statements(launch_.body, [&](const Stmt& stmt) {
            if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of);
                atomic != nullptr && !updated(atomic->dst.buffer)) {
                tensors_.push_back(atomic->dst.buffer);
            }
        });
    }

    // --- the body ---------------------------------------------------------------------------------------------------

    ir::Block changed(const ir::Block& block) {
        ir::Block result;
        for (const Stmt& stmt : block) {
            if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
                update(*atomic, stmt->span, result);
            } else if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
                if (updated(copy->src.buffer)) {
                    diagnostics_.error("tile-atomic-read", stmt->span,
                                       copy->src.buffer->name + " is updated by atomics and also read in one launch",
                                       "read it in a launch of its own");
                }
                ir::Copy other = *copy;
                other.turn = updated(copy->dst.buffer) ? ir::Turn::Whole : copy->turn;
                result.push_back(ir::make_stmt(std::move(other), stmt->span));
            } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                ir::For other = *loop;
                other.body = changed(loop->body);
                result.push_back(ir::make_stmt(std::move(other), stmt->span));
            } else if (const auto* forever = std::get_if<ir::While>(&stmt->of)) {
                result.push_back(ir::make_stmt(ir::While{forever->condition, changed(forever->body)}, stmt->span));
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                result.push_back(ir::make_stmt(
                    ir::If{branch->condition, changed(branch->then), changed(branch->otherwise)}, stmt->span));
            } else {
                result.push_back(stmt);
            }
        }
        return result;
    }

    void update(const ir::Atomic& atomic, Span span, ir::Block& out) {
        if (atomic.op != ir::Reduction::Sum && atomic.op != ir::Reduction::Max && atomic.op != ir::Reduction::Min) {
            diagnostics_.error("tile-atomic-operator", span, "only sums, maxima and minima are done atomically", "");
            return;
        }
        // What was there has the addend's rank, so that they meet element by element.
        const Region& source = ir::source(atomic);
        std::vector<Expr> shape;
        for (size_t i = 0; i < atomic.dst.extent.size(); ++i) {
            if (!atomic.dst.dropped[i]) {
                shape.push_back(atomic.dst.extent[i]);
            }
        }
        if (source.extent.size() != shape.size()) {
            shape = source.extent;
        }
        const auto buffer = [&](const char* suffix) {
            const auto made = std::make_shared<const ir::BufferNode>(
                ir::BufferNode{names_.fresh(atomic.dst.buffer->name + suffix), atomic.dst.buffer->dtype, shape,
                               ir::Scope::Fragment, span});
            out.push_back(ir::make_stmt(ir::Alloc{made, nullptr}, span));
            return made;
        };
        const Buffer before = buffer("_before"), after = buffer("_after");
        out.push_back(ir::make_stmt(ir::Copy{atomic.dst, ir::whole(before), ir::Turn::Begins}, span));
        ir::Parallel nest;
        std::vector<Expr> indices, from;
        for (size_t i = 0; i < shape.size(); ++i) {
            const Var var = make_var("at");
            nest.vars.push_back(var);
            nest.extents.push_back(shape[i]);
            indices.push_back(ir::make_var(var));
            from.push_back(simplified(ir::make_cast(ir::DType::Int32, source.begin[i]) + indices.back()));
        }
        const Expr value = ir::make_cast(before->dtype, ir::make_load(source.buffer, from));
        const Op op = atomic.op == ir::Reduction::Sum ? Op::Add : atomic.op == ir::Reduction::Max ? Op::Max : Op::Min;
        nest.body = {
            ir::make_stmt(ir::Store{after, indices, ir::make(op, {ir::make_load(before, indices), value})}, span)};
        out.push_back(ir::make_stmt(std::move(nest), span));
        out.push_back(ir::make_stmt(ir::Copy{ir::whole(after), atomic.dst, ir::Turn::Ends}, span));
    }

    // --- the grid ---------------------------------------------------------------------------------------------------

    /// Blocks that may meet one after the other on one core.
    ir::Launch serial(ir::Launch launch, const std::vector<size_t>& meeting, Span span) {
        for (const size_t axis : meeting) {
            const Var var = launch_.vars[axis];
            ir::For loop{var,
                         ir::make_int(0, var->dtype),
                         ir::make_cast(var->dtype, launch_.extents[axis]),
                         ir::make_int(1, var->dtype),
                         ir::LoopKind::Serial,
                         0,
                         std::move(launch.body)};
            launch.body = {ir::make_stmt(std::move(loop), span)};
        }
        launch.vars.clear();
        launch.extents.clear();
        keep_others(launch, meeting);
        if (launch.vars.empty()) {
            launch.vars.push_back(make_var("only"));
            launch.extents.push_back(ir::make_int(1));
        }
        return launch;
    }

    /// Blocks that may meet dealt to lanes one by one, in the order of the grid.
    ir::Launch dealt(ir::Launch launch, const std::vector<size_t>& meeting, int64_t count, int64_t lanes, Span span) {
        const Var lane = make_var("lane"), round = make_var("round");
        Expr number = ir::make_var(lane);
        if (count > lanes) {
            number = ir::make_var(round) * ir::make_int(lanes) + number;
        }
        std::map<Var, Expr> values;
        int64_t below = 1;
        for (const size_t axis : meeting) {
            const int64_t extent = ir::constant(launch_.extents[axis]).value_or(1);
            Expr value = ir::make_int(0);
            if (extent > 1) {
                value = below == 1 ? number : ir::floordiv(number, ir::make_int(below));
                value = below * extent == count ? value : ir::floormod(value, ir::make_int(extent));
            }
            values[launch_.vars[axis]] = ir::make_cast(launch_.vars[axis]->dtype, value);
            below *= extent;
        }
        launch.body = ir::map_exprs(launch.body, [&](const Expr& expr) {
            return ir::substitute(expr, [&](const Var& var) {
                const auto at = values.find(var);
                return at == values.end() ? Expr() : at->second;
            });
        });
        if (count % lanes != 0) {
            launch.body = {ir::make_stmt(
                ir::If{ir::make(Op::Lt, {number, ir::make_int(count)}), std::move(launch.body), {}}, span)};
        }
        if (count > lanes) {
            ir::For loop{round,
                         ir::make_int(0),
                         ir::make_int((count + lanes - 1) / lanes),
                         ir::make_int(1),
                         ir::LoopKind::Serial,
                         0,
                         std::move(launch.body)};
            launch.body = {ir::make_stmt(std::move(loop), span)};
        }
        launch.vars = {lane};
        launch.extents = {ir::make_int(lanes)};
        launch.in_turns = true;
        keep_others(launch, meeting);
        return launch;
    }

    void keep_others(ir::Launch& launch, const std::vector<size_t>& meeting) const {
        for (size_t axis = 0; axis < launch_.vars.size(); ++axis) {
            if (std::count(meeting.begin(), meeting.end(), axis) == 0) {
                launch.vars.push_back(launch_.vars[axis]);
                launch.extents.push_back(launch_.extents[axis]);
            }
        }
    }
};

ir::Block ordered(const ir::Block& block, const std::set<Buffer>& both) {
    ir::Block result;
    for (const Stmt& stmt : block) {
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of); copy != nullptr && copy->turn == ir::Turn::None) {
            ir::Copy other = *copy;
            other.turn = both.contains(copy->dst.buffer)   ? ir::Turn::Whole
                         : both.contains(copy->src.buffer) ? ir::Turn::Waits
                                                           : ir::Turn::None;
            result.push_back(ir::make_stmt(std::move(other), stmt->span));
        } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
            ir::For other = *loop;
            other.body = ordered(loop->body, both);
            result.push_back(ir::make_stmt(std::move(other), stmt->span));
        } else if (const auto* forever = std::get_if<ir::While>(&stmt->of)) {
            result.push_back(ir::make_stmt(ir::While{forever->condition, ordered(forever->body, both)}, stmt->span));
        } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
            result.push_back(ir::make_stmt(
                ir::If{branch->condition, ordered(branch->then, both), ordered(branch->otherwise, both)}, stmt->span));
        } else {
            result.push_back(stmt);
        }
    }
    return result;
}

}  // namespace

Stmt order_updates(const Stmt& launch) {
    const auto& of = std::get<ir::Launch>(launch->of);
    std::set<Buffer> loaded, both;
    ir::walk_statements(of.body, [&](const Stmt& stmt) {
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of); copy != nullptr && is_tensor(copy->src.buffer)) {
            loaded.insert(copy->src.buffer);
        }
    });
    ir::walk_statements(of.body, [&](const Stmt& stmt) {
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of);
            copy != nullptr && copy->turn == ir::Turn::None && loaded.contains(copy->dst.buffer)) {
            both.insert(copy->dst.buffer);
        }
    });
    if (both.empty()) {
        return launch;
    }
    ir::Launch result = of;
    result.body = ordered(of.body, both);
    return ir::make_stmt(std::move(result), launch->span);
}

std::vector<size_t> meeting_axes(const ir::Launch& launch, const std::vector<Buffer>& tensors) {
    Facts facts;
    for (size_t i = 0; i < launch.vars.size(); ++i) {
        if (const auto extent = ir::constant(launch.extents[i])) {
            facts.bounds[launch.vars[i]] = {0, std::max<int64_t>(*extent - 1, 0)};
        }
    }
    std::map<Buffer, std::vector<Reach>> reached;
    for (const Buffer& tensor : tensors) {
        reached[tensor];
    }
    collect(launch.body, facts, reached);
    std::vector<size_t> meeting;
    for (size_t axis = 0; axis < launch.vars.size(); ++axis) {
        if (ir::constant(launch.extents[axis]) != 1 &&
            !std::all_of(reached.begin(), reached.end(),
                         [&](const auto& entry) { return kept_apart(entry.second, launch.vars[axis]); })) {
            meeting.push_back(axis);
        }
    }
    return meeting;
}

Stmt update_in_turns(const Stmt& launch, int64_t cores, Names& names, Diagnostics& diagnostics) {
    return InTurns(std::get<ir::Launch>(launch->of), cores, names, diagnostics).run(launch->span);
}

}  // namespace tessera::tile::pass
