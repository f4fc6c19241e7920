// Elementwise nests: each store becomes a nest of its own.
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include <tile/pass/conditions.h>
#include <tile/pass/limits.h>
#include <tile/pass/linear.h>
#include <tile/pass/normalise.h>
#include <tile/pass/normaliser.h>

namespace tessera::tile::pass {

namespace {

using ir::Block;
using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

}  // namespace

void Normaliser::parallel(const ir::Parallel& old, Span span, Block& out) {
    Nest nest{old.vars, {}, {}};
    for (const Expr& extent : old.extents) {
        nest.extents.push_back(simplified(changed(extent)));
        if (!ir::constant(nest.extents.back())) {
            diagnostics_.error("tile-parallel-extent", span, "the extent of a T.Parallel is known at run time only",
                               "give a constant extent and guard the stores with an if");
            return;
        }
    }
    guarded(old.body, nullptr, nest, out);
}

void Normaliser::guarded(const Block& body, const Expr& condition, Nest& nest, Block& out) {
    for (size_t i = 0; i < body.size(); ++i) {
        const Span span = body[i]->span;
        if (const auto* let = std::get_if<ir::Let>(&body[i]->of)) {
            Expr value = changed(let->value);
            if (stale_later(value, let->var, body, i + 1)) {
                value = keep(value, nest, span, out);
            }
            values_[let->var] = value;
        } else if (const auto* branch = std::get_if<ir::If>(&body[i]->of)) {
            Expr inner = changed(branch->condition);
            if (const auto known = ir::constant(inner)) {
                guarded(*known != 0 ? branch->then : branch->otherwise, condition, nest, out);
                continue;
            }
            if (stored_later(inner, branch->then, 0) && (branch->then.size() > 1 || !branch->otherwise.empty())) {
                inner = keep(inner, nest, span, out);
            }
            guarded(branch->then, conjunction(condition, inner), nest, out);
            if (!branch->otherwise.empty()) {
                guarded(branch->otherwise, conjunction(condition, ir::make(Op::Not, {inner})), nest, out);
            }
        } else if (const auto* store = std::get_if<ir::Store>(&body[i]->of)) {
            store_in(Guarded{condition, *store, span}, nest, out);
        } else if (const auto* atomic = std::get_if<ir::Atomic>(&body[i]->of)) {
            atomic_in(*atomic, condition, nest, span, out);
        } else {
            diagnostics_.error("tile-parallel-body", span,
                               "a T.Parallel may hold assignments, stores, conditions and atomics only",
                               "take the loop or tile operation out of the T.Parallel");
        }
    }
}

bool Normaliser::stale_later(const Expr& value, const Var& var, const Block& body, size_t from) {
    bool stored = false;
    for (size_t i = from; i < body.size(); ++i) {
        bool used = false;
        ir::walk_statements({body[i]}, [&](const Stmt& stmt) {
            ir::each_expr(*stmt, [&](const Expr& expr) { used = used || ir::uses(expr, var); });
        });
        const bool stores = stored_later(value, {body[i]}, 0);
        if (used && (stored || (stores && !std::holds_alternative<ir::Store>(body[i]->of)))) {
            return true;
        }
        // Through other variables it may be used later than it shows.
        if (used && std::holds_alternative<ir::Let>(body[i]->of) && stored_later(value, body, i + 1)) {
            return stale_later(value, std::get<ir::Let>(body[i]->of).var, body, i + 1) ||
                   stale_later(value, var, body, i + 1);
        }
        stored = stored || stores;
    }
    return false;
}

bool Normaliser::stored_later(const Expr& value, const Block& body, size_t from) {
    bool found = false;
    for (size_t i = from; i < body.size(); ++i) {
        ir::walk_statements({body[i]}, [&](const Stmt& stmt) {
            if (const auto* store = std::get_if<ir::Store>(&stmt->of)) {
                const auto at = replaced_.find(store->buffer);
                found = found || loads(value, at == replaced_.end() ? store->buffer : at->second);
            }
        });
    }
    return found;
}

std::vector<Expr> Normaliser::var_exprs(const Nest& nest) {
    std::vector<Expr> indices;
    indices.reserve(nest.vars.size() + 1);
    for (const Var& var : nest.vars) {
        indices.push_back(ir::make_var(var));
    }
    if (indices.empty()) {
        indices.push_back(ir::make_int(0));
    }
    return indices;
}

Expr Normaliser::keep(const Expr& value, Nest& nest, Span span, Block& out) {
    const bool logic = value->dtype == ir::DType::Bool;
    const ir::DType dtype = logic ? ir::DType::Float32 : value->dtype;
    const Buffer kept = make_buffer("kept", dtype, nest.extents, span, out);
    const Expr stored =
        logic ? ir::make(Op::Select, {value, ir::make_float(1, dtype), ir::make_float(0, dtype)}) : value;
    store_in(Guarded{nullptr, ir::Store{kept, var_exprs(nest), stored}, span}, nest, out);
    const Expr again = ir::make_load(kept, var_exprs(nest), span);
    return logic ? ir::make(Op::Ne, {again, ir::make_float(0, dtype)}) : again;
}

void Normaliser::emit_store(const Guarded& what, const Nest& nest, Block& out) {
    const Stmt store = ir::make_stmt(what.store, what.span);
    Block body = {what.condition ? ir::make_stmt(ir::If{what.condition, {store}, {}}, what.span) : store};
    std::vector<Var> vars = nest.vars;
    std::map<Var, Expr> renamed;
    for (Var& var : vars) {
        if (!used_vars_.insert(var).second) {
            const auto fresh = std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh(var->name), var->dtype});
            renamed[var] = ir::make_var(fresh);
            var = fresh;
            used_vars_.insert(fresh);
        }
    }
    if (!renamed.empty()) {
        body = ir::map_exprs(body, [&](const Expr& expr) {
            return ir::substitute(expr, [&](const Var& var) {
                const auto at = renamed.find(var);
                return at == renamed.end() ? Expr() : at->second;
            });
        });
    }
    out.push_back(ir::make_stmt(ir::Parallel{std::move(vars), nest.extents, std::move(body)}, what.span));
}

bool Normaliser::only_first(Guarded& what, Nest& nest) {
    const Expr condition = what.condition;
    std::vector<Expr> tests = {condition};
    Expr left;
    bool changed_any = false;
    while (!tests.empty()) {
        const Expr test = tests.back();
        tests.pop_back();
        if (test->op == Op::And) {
            tests.push_back(test->args[1]);
            tests.push_back(test->args[0]);
            continue;
        }
        const auto most =
            test->op == Op::Lt && test->args[0]->op == Op::Var ? ir::constant(test->args[1]) : std::nullopt;
        const auto var = most ? std::find(nest.vars.begin(), nest.vars.end(), test->args[0]->var) : nest.vars.end();
        if (var == nest.vars.end() || *most <= 0) {
            left = conjunction(left, test);
            continue;
        }
        Expr& extent = nest.extents[static_cast<size_t>(var - nest.vars.begin())];
        extent = ir::make_int(std::min(*most, ir::constant(extent).value_or(*most)));
        changed_any = true;
    }
    what.condition = left;
    return changed_any;
}

void Normaliser::store_in(Guarded what, Nest& nest, Block& out) {
    if (const auto at = replaced_.find(what.store.buffer); at != replaced_.end()) {
        what.store.buffer = at->second;
    }
    for (Expr& index : what.store.indices) {
        index = simplified(changed(index));
    }
    const Buffer target = what.store.buffer;
    if (is_tensor(target)) {
        what.condition = without_bounds_checks(what.condition, what.store);
        if (Nest less = nest; what.condition && only_first(what, less)) {
            less.loaded.clear();
            store_in(std::move(what), less, out);
            return;
        }
    }
    what.store.value = changed(what.store.value);
    if (!what.condition && gathers_whole(what.store, nest)) {
        std::vector<Var> order;
        const std::vector<Expr> at = chosen(what.store.value, nest, order, what.span, out);
        if (!at.empty()) {
            what.store.value = ir::make_load(what.store.value->buffer, at, what.store.value->span);
            emit_store(what, nest, out);
        }
        return;
    }
    what.store.value = from_blocks(what.store.value, nest, what.span, out);
    what.condition = what.condition ? from_blocks(what.condition, nest, what.span, out) : nullptr;
    what.store.value = widened(what.store.value, nest, what.span, out);
    if (!is_tensor(target)) {
        spread_and_emit(std::move(what), nest, out);
        return;
    }
    std::vector<Var> order;
    const auto place = covered(target, what.store.indices, nest, what.span, order, out);
    if (!place) {
        return;
    }
    std::vector<Expr> shape, indices;
    for (const Var& var : order) {
        shape.push_back(
            nest.extents[static_cast<size_t>(std::find(nest.vars.begin(), nest.vars.end(), var) - nest.vars.begin())]);
        indices.push_back(ir::make_var(var));
    }
    if (indices.empty()) {
        indices.push_back(ir::make_int(0));
    }
    const Buffer made = make_buffer(target->name + "_block", target->dtype, shape, what.span, out);
    Region stored = *place;
    if (what.condition && ends_early(what.condition, nest.vars, order, stored)) {
        what.condition = nullptr;
    }
    if (what.condition) {
        out.push_back(ir::make_stmt(ir::Copy{*place, ir::whole(made)}, what.span));
    }
    what.store.buffer = made;
    what.store.indices = indices;
    emit_store(what, nest, out);
    out.push_back(ir::make_stmt(ir::Copy{ir::whole(made), stored}, what.span));
}

void Normaliser::spread_and_emit(Guarded what, const Nest& nest, Block& out) {
    bool single = true;
    for (const Expr& dimension : what.store.buffer->shape) {
        single = single && ir::constant(dimension) == 1;
    }
    if (!nest.vars.empty() || single) {
        emit_store(what, nest, out);
        return;
    }
    Nest all;
    for (size_t i = 0; i < what.store.indices.size(); ++i) {
        const auto var = std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh("at"), ir::DType::Int32});
        all.vars.push_back(var);
        all.extents.push_back(what.store.buffer->shape[i]);
        const Expr index = what.store.indices[i];
        what.condition = conjunction(
            what.condition,
            ir::make(Op::Eq, {ir::make_var(var),
                              index->dtype == ir::DType::Int32 ? index : ir::make_cast(ir::DType::Int32, index)}));
        what.store.indices[i] = ir::make_var(var);
    }
    emit_store(what, all, out);
}

void Normaliser::atomic_in(const ir::Atomic& atomic, const Expr& condition, Nest& nest, Span span, Block& out) {
    ir::Store store{atomic.dst.buffer, {}, changed(atomic.value)};
    for (const Expr& begin : atomic.dst.begin) {
        store.indices.push_back(simplified(changed(begin)));
    }
    const Expr kept = without_bounds_checks(condition, store);
    if (kept) {
        // What the others do changes nothing.
        store.value = ir::make(Op::Select, {kept, store.value, neutral(atomic.op, store.value->dtype)});
    }
    std::vector<Var> order;
    const auto place = covered(atomic.dst.buffer, store.indices, nest, span, order, out);
    if (!place) {
        return;
    }
    const Expr value = from_blocks(store.value, nest, span, out);
    const Buffer addend = reduced(atomic, Guarded{nullptr, ir::Store{nullptr, {}, value}, span}, nest, order, out);
    out.push_back(ir::make_stmt(ir::Atomic{atomic.op, *place, ir::whole(addend), nullptr}, span));
}

Buffer Normaliser::reduced(const ir::Atomic& atomic, Guarded what, const Nest& nest, const std::vector<Var>& order,
                           Block& out) {
    std::vector<Var> vars = order;
    for (const Var& var : nest.vars) {
        if (std::find(order.begin(), order.end(), var) == order.end()) {
            vars.push_back(var);
        }
    }
    std::vector<Expr> shape;
    for (const Var& var : vars) {
        shape.push_back(
            nest.extents[static_cast<size_t>(std::find(nest.vars.begin(), nest.vars.end(), var) - nest.vars.begin())]);
        what.store.indices.push_back(ir::make_var(var));
    }
    if (vars.empty()) {
        what.store.indices.push_back(ir::make_int(0));
    }
    const std::string name = atomic.dst.buffer->name + "_block";
    const ir::DType dtype = atomic.dst.buffer->dtype;
    what.store.buffer = make_buffer(name, dtype, shape, what.span, out);
    emit_store(what, nest, out);
    Buffer result = what.store.buffer;
    for (size_t rank = vars.size(); rank > order.size(); --rank) {
        shape.resize(rank - 1);
        const Buffer smaller = make_buffer(name, dtype, shape, what.span, out);
        out.push_back(ir::make_stmt(
            ir::Reduce{atomic.op, ir::whole(result), ir::whole(smaller), static_cast<int>(rank) - 1, true, false},
            what.span));
        result = smaller;
    }
    return result;
}

Expr Normaliser::neutral(ir::Reduction op, ir::DType dtype) {
    const double infinity = std::numeric_limits<double>::infinity();
    if (ir::is_float(dtype)) {
        return ir::make_float(op == ir::Reduction::Max ? -infinity : op == ir::Reduction::Min ? infinity : 0, dtype);
    }
    return ir::make_int(op == ir::Reduction::Max   ? std::numeric_limits<int32_t>::min()
                        : op == ir::Reduction::Min ? std::numeric_limits<int32_t>::max()
                                                   : 0,
                        dtype);
}

}  // namespace tessera::tile::pass
