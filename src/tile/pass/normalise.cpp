#include <tile/pass/normalise.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <tile/pass/conditions.h>
#include <tile/pass/limits.h>
#include <tile/pass/linear.h>
#include <tile/pass/names.h>
#include <tile/pass/unread_loads.h>

namespace tessera::tile::pass {

bool is_tensor(const ir::Buffer& buffer) {
    return buffer->scope == ir::Scope::Param || buffer->scope == ir::Scope::Global;
}

bool is_block(const ir::Buffer& buffer) {
    return buffer->scope == ir::Scope::Shared || buffer->scope == ir::Scope::Fragment;
}

namespace {

using ir::Block;
using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

bool loads(const Expr& expr, const Buffer& buffer) {
    bool found = false;
    ir::walk(expr, [&](const Expr& node) { found = found || (node->op == Op::Load && node->buffer == buffer); });
    return found;
}

bool has_load(const Expr& expr) {
    bool found = false;
    ir::walk(expr, [&](const Expr& node) { found = found || node->op == Op::Load; });
    return found;
}

/// One store of a Parallel, with what must hold for it.
struct Guarded {
    Expr condition;  ///< null: always
    ir::Store store;
    Span span;
};

class Normaliser {
public:
    Normaliser(const ir::Kernel& kernel, Diagnostics& diagnostics) : names_(kernel), diagnostics_(diagnostics) {}

    Block block(const Block& statements) {
        Block result;
        for (const Stmt& stmt : statements) {
            statement(stmt, result);
        }
        return result;
    }

private:
    Names names_;
    Diagnostics& diagnostics_;
    std::map<Var, Expr> values_;         ///< of Lets that are written where they are used
    std::map<Buffer, Buffer> replaced_;  ///< floating-point Locals
    std::map<Buffer, Region> copied_;    ///< buffers that hold a region of a tensor of integers
    std::set<Var> used_vars_;            ///< of the Parallels made so far

    Expr changed(const Expr& expr) {
        return expr ? ir::rewrite(expr,
                                  [&](const Expr& node) -> Expr {
                                      if (node->op == Op::Var) {
                                          const auto at = values_.find(node->var);
                                          return at == values_.end() ? node : at->second;
                                      }
                                      if (node->op == Op::Load) {
                                          const auto at = replaced_.find(node->buffer);
                                          return at == replaced_.end()
                                                     ? node
                                                     : ir::make_load(at->second, node->args, node->span);
                                      }
                                      return node;
                                  })
                    : expr;
    }

    /// A scalar expression outside of a Parallel: what it loads gets a name first.
    Expr scalar(const Expr& expr, Block& before, Span span) {
        Expr value = changed(expr);
        if (!value || !has_load(value)) {
            return value;
        }
        return ir::rewrite(value, [&](const Expr& node) -> Expr {
            if (node->op != Op::Load || node->buffer->scope == ir::Scope::Local) {
                return node;
            }
            const auto var = std::make_shared<const ir::VarNode>(
                ir::VarNode{names_.fresh(node->buffer->name + "_value"), node->dtype});
            before.push_back(ir::make_stmt(ir::Let{var, at_its_source(node)}, span));
            return ir::make_var(var, node->span);
        });
    }

    /// An element of a buffer that a tensor of integers was copied to is the tensor's.
    Expr at_its_source(const Expr& load) const {
        const auto at = copied_.find(load->buffer);
        if (at == copied_.end()) {
            return load;
        }
        const Region& source = at->second;
        std::vector<Expr> indices = source.begin;
        size_t own = load->args.size();
        for (size_t i = indices.size(); i-- > 0 && own > 0;) {
            if (!source.dropped[i]) {
                indices[i] = simplified(indices[i] + ir::make_cast(indices[i]->dtype, load->args[--own]));
            }
        }
        return own == 0 ? ir::make_load(source.buffer, indices, load->span) : load;
    }

    Region region(const Region& old, Block& before, Span span) {
        Region result = old;
        if (const auto at = replaced_.find(old.buffer); at != replaced_.end()) {
            result.buffer = at->second;
        }
        for (Expr& begin : result.begin) {
            begin = simplified(scalar(begin, before, span));
        }
        for (Expr& extent : result.extent) {
            extent = simplified(scalar(extent, before, span));
        }
        return result;
    }

    bool constant_extents(const Region& place, Span span) {
        for (const Expr& extent : place.extent) {
            if (!ir::constant(extent)) {
                diagnostics_.error("tile-region-extent", span,
                                   "the extent of a region of " + place.buffer->name +
                                       " is known at run time only, and a block's buffers have constant sizes",
                                   "copy a constant number of elements; what lies beyond a tensor reads as 0");
                return false;
            }
        }
        return true;
    }

    Buffer make_buffer(const std::string& base, ir::DType dtype, std::vector<Expr> shape, Span span, Block& out) {
        ir::BufferNode node{names_.fresh(base), dtype, std::move(shape), ir::Scope::Fragment, span};
        if (node.shape.empty()) {
            node.shape.push_back(ir::make_int(1));
        }
        const auto buffer = std::make_shared<const ir::BufferNode>(std::move(node));
        out.push_back(ir::make_stmt(ir::Alloc{buffer, nullptr}, span));
        return buffer;
    }

    void statement(const Stmt& stmt, Block& out) {
        const Span span = stmt->span;
        std::visit([&](const auto& of) { one(of, stmt, span, out); }, stmt->of);
    }

    void one(const ir::Alloc& alloc, const Stmt& stmt, Span span, Block& out) {
        if (alloc.buffer->scope != ir::Scope::Local || !ir::is_float(alloc.buffer->dtype)) {
            out.push_back(alloc.init ? ir::make_stmt(ir::Alloc{alloc.buffer, scalar(alloc.init, out, span)}, span)
                                     : stmt);
            return;
        }
        const Buffer buffer = make_buffer(alloc.buffer->name, alloc.buffer->dtype, alloc.buffer->shape, span, out);
        if (alloc.init) {
            out.push_back(ir::make_stmt(ir::Fill{ir::whole(buffer), changed(alloc.init)}, span));
        }
        replaced_[alloc.buffer] = buffer;
    }

    void one(const ir::Let& let, const Stmt&, Span span, Block& out) {
        if (const Expr plain = changed(let.value); ir::is_float(plain->dtype) && has_load(plain)) {
            // Floating point is the compute kernel's: a buffer of one element.
            const Buffer buffer = make_buffer(let.var->name, plain->dtype, {}, span, out);
            parallel(ir::Parallel{{}, {}, {ir::make_stmt(ir::Store{buffer, {ir::make_int(0)}, plain}, span)}}, span,
                     out);
            values_[let.var] = ir::make_load(buffer, {ir::make_int(0)}, span);
            return;
        }
        const Expr value = simplified(scalar(let.value, out, span));
        if (value->op != Op::Var && has_load(value)) {
            out.push_back(ir::make_stmt(ir::Let{let.var, value}, span));
            return;
        }
        values_[let.var] = value;
    }

    void one(const ir::Store& store, const Stmt&, Span span, Block& out) {
        if (store.buffer->scope == ir::Scope::Local && !replaced_.contains(store.buffer)) {
            ir::Store result = store;
            for (Expr& index : result.indices) {
                index = scalar(index, out, span);
            }
            result.value = scalar(store.value, out, span);
            out.push_back(ir::make_stmt(std::move(result), span));
            return;
        }
        parallel(ir::Parallel{{}, {}, {ir::make_stmt(store, span)}}, span, out);
    }

    void one(const ir::For& loop, const Stmt&, Span span, Block& out) {
        ir::For result = loop;
        result.begin = simplified(scalar(loop.begin, out, span));
        result.end = simplified(scalar(loop.end, out, span));
        result.step = simplified(scalar(loop.step, out, span));
        const auto begin = ir::constant(result.begin), end = ir::constant(result.end);
        if (begin && end && (ir::constant(result.step).value_or(1) > 0 ? *begin >= *end : *begin <= *end)) {
            return;
        }
        result.body = block(loop.body);
        out.push_back(ir::make_stmt(std::move(result), span));
    }

    void one(const ir::Parallel& nest, const Stmt&, Span span, Block& out) { parallel(nest, span, out); }

    void one(const ir::If& branch, const Stmt&, Span span, Block& out) {
        const Expr condition = scalar(branch.condition, out, span);
        if (const auto known = ir::constant(condition)) {
            for (const Stmt& stmt : *known != 0 ? branch.then : branch.otherwise) {
                statement(stmt, out);
            }
            return;
        }
        out.push_back(ir::make_stmt(ir::If{condition, block(branch.then), block(branch.otherwise)}, span));
    }

    void one(const ir::While& loop, const Stmt&, Span span, Block& out) {
        Block before;
        const Expr condition = scalar(loop.condition, before, span);
        if (before.empty()) {
            out.push_back(ir::make_stmt(ir::While{condition, block(loop.body)}, span));
            return;
        }
        // What the condition loads is loaded again each time.
        Block body = before;
        body.push_back(ir::make_stmt(ir::If{condition, {}, {ir::make_stmt(ir::Break{}, span)}}, span));
        for (const Stmt& stmt : block(loop.body)) {
            body.push_back(stmt);
        }
        out.push_back(ir::make_stmt(ir::While{ir::make_bool(true), std::move(body)}, span));
    }

    void one(const ir::Break&, const Stmt& stmt, Span, Block& out) { out.push_back(stmt); }

    void one(const ir::Copy& copy, const Stmt&, Span span, Block& out) {
        Region src = region(copy.src, out, span), dst = region(copy.dst, out, span);
        if (!constant_extents(src, span) || !constant_extents(dst, span)) {
            return;
        }
        if (is_tensor(src.buffer) && is_tensor(dst.buffer)) {
            const Buffer between =
                make_buffer(src.buffer->name + "_block", src.buffer->dtype, ir::matched_extents(src), span, out);
            out.push_back(ir::make_stmt(ir::Copy{src, ir::whole(between)}, span));
            src = ir::whole(between);
        }
        copied_.erase(dst.buffer);
        if (is_tensor(src.buffer) && !ir::is_float(src.buffer->dtype)) {
            copied_[dst.buffer] = src;
        }
        out.push_back(ir::make_stmt(ir::Copy{std::move(src), std::move(dst)}, span));
    }

    void one(const ir::Fill& fill, const Stmt&, Span span, Block& out) {
        const Region dst = region(fill.dst, out, span);
        if (!constant_extents(dst, span)) {
            return;
        }
        const Expr value = changed(fill.value);
        if (dst.buffer->scope == ir::Scope::Local) {
            out.push_back(ir::make_stmt(ir::Store{dst.buffer, dst.begin, scalar(fill.value, out, span)}, span));
            return;
        }
        if (is_tensor(dst.buffer)) {
            const Buffer filled =
                make_buffer(dst.buffer->name + "_block", dst.buffer->dtype, ir::matched_extents(dst), span, out);
            out.push_back(ir::make_stmt(ir::Fill{ir::whole(filled), value}, span));
            out.push_back(ir::make_stmt(ir::Copy{ir::whole(filled), dst}, span));
            return;
        }
        out.push_back(ir::make_stmt(ir::Fill{dst, value}, span));
    }

    /// A tile operation's operand that is a tensor goes through a buffer of the block.
    Region operand(const Region& old, Span span, Block& out) {
        Region place = region(old, out, span);
        if (!is_tensor(place.buffer) || !constant_extents(place, span)) {
            return place;
        }
        const Buffer buffer =
            make_buffer(place.buffer->name + "_block", place.buffer->dtype, ir::matched_extents(place), span, out);
        out.push_back(ir::make_stmt(ir::Copy{place, ir::whole(buffer)}, span));
        return ir::whole(buffer);
    }

    void one(const ir::Gemm& gemm, const Stmt&, Span span, Block& out) {
        ir::Gemm result = gemm;
        result.a = operand(gemm.a, span, out);
        result.b = operand(gemm.b, span, out);
        result.c = region(gemm.c, out, span);
        out.push_back(ir::make_stmt(std::move(result), span));
    }
    void one(const ir::Reduce& reduce, const Stmt&, Span span, Block& out) {
        ir::Reduce result = reduce;
        result.src = operand(reduce.src, span, out);
        result.dst = region(reduce.dst, out, span);
        out.push_back(ir::make_stmt(std::move(result), span));
    }
    void one(const ir::Scan& scan, const Stmt&, Span span, Block& out) {
        ir::Scan result = scan;
        result.src = operand(scan.src, span, out);
        result.dst = region(scan.dst, out, span);
        out.push_back(ir::make_stmt(std::move(result), span));
    }
    void one(const ir::Transpose& transpose, const Stmt&, Span span, Block& out) {
        out.push_back(
            ir::make_stmt(ir::Transpose{operand(transpose.src, span, out), region(transpose.dst, out, span)}, span));
    }
    void one(const ir::Atomic& atomic, const Stmt&, Span span, Block& out) {
        ir::Atomic result = atomic;
        result.dst = region(atomic.dst, out, span);
        if (atomic.src) {
            result.src = region(*atomic.src, out, span);
        } else {
            const Buffer value =
                make_buffer(atomic.dst.buffer->name + "_value", atomic.dst.buffer->dtype, {}, span, out);
            out.push_back(ir::make_stmt(ir::Fill{ir::whole(value), changed(atomic.value)}, span));
            result.src = ir::whole(value);
            result.value = nullptr;
        }
        out.push_back(ir::make_stmt(std::move(result), span));
    }
    void one(const ir::Im2col& im2col, const Stmt&, Span span, Block& out) {
        ir::Im2col result = im2col;
        result.img = region(im2col.img, out, span);
        result.dst = region(im2col.dst, out, span);
        result.first_row = simplified(scalar(im2col.first_row, out, span));
        result.first_column = simplified(scalar(im2col.first_column, out, span));
        out.push_back(ir::make_stmt(std::move(result), span));
    }
    void one(const ir::Assert&, const Stmt&, Span, Block&) {}  // a fact for the interpreter
    void one(const ir::Launch& launch, const Stmt&, Span span, Block& out) {
        ir::Launch result = launch;
        for (Expr& extent : result.extents) {
            extent = simplified(changed(extent));
        }
        result.body = block(launch.body);
        out.push_back(ir::make_stmt(std::move(result), span));
    }

    // --- Parallel ---------------------------------------------------------------------------------------------------

    struct Nest {
        std::vector<Var> vars;
        std::vector<Expr> extents;
        std::vector<std::pair<Expr, Expr>> loaded;  ///< a tensor's element, and the block buffer's that it became
    };

    void parallel(const ir::Parallel& old, Span span, Block& out) {
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

    void guarded(const Block& body, const Expr& condition, Nest& nest, Block& out) {
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

    /// Whether a variable is used after something that its value loads has been stored.
    bool stale_later(const Expr& value, const Var& var, const Block& body, size_t from) {
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

    bool stored_later(const Expr& value, const Block& body, size_t from) {
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

    std::vector<Expr> var_exprs(const Nest& nest) {
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

    /// A value of each iteration that must be worked out before what it loads changes.
    Expr keep(const Expr& value, Nest& nest, Span span, Block& out) {
        const bool logic = value->dtype == ir::DType::Bool;
        const ir::DType dtype = logic ? ir::DType::Float32 : value->dtype;
        const Buffer kept = make_buffer("kept", dtype, nest.extents, span, out);
        const Expr stored =
            logic ? ir::make(Op::Select, {value, ir::make_float(1, dtype), ir::make_float(0, dtype)}) : value;
        store_in(Guarded{nullptr, ir::Store{kept, var_exprs(nest), stored}, span}, nest, out);
        const Expr again = ir::make_load(kept, var_exprs(nest), span);
        return logic ? ir::make(Op::Ne, {again, ir::make_float(0, dtype)}) : again;
    }

    /// Each Parallel that is made has loop variables of its own, so that names in a kernel differ.
    void emit_store(const Guarded& what, const Nest& nest, Block& out) {
        const Stmt store = ir::make_stmt(what.store, what.span);
        Block body = {what.condition ? ir::make_stmt(ir::If{what.condition, {store}, {}}, what.span) : store};
        std::vector<Var> vars = nest.vars;
        std::map<Var, Expr> renamed;
        for (Var& var : vars) {
            if (!used_vars_.insert(var).second) {
                const auto fresh =
                    std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh(var->name), var->dtype});
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

    void store_in(Guarded what, Nest& nest, Block& out) {
        if (const auto at = replaced_.find(what.store.buffer); at != replaced_.end()) {
            what.store.buffer = at->second;
        }
        for (Expr& index : what.store.indices) {
            index = simplified(changed(index));
        }
        const Buffer target = what.store.buffer;
        if (is_tensor(target)) {
            what.condition = without_bounds_checks(what.condition, what.store);
        }
        what.store.value = from_blocks(changed(what.store.value), nest, what.span, out);
        what.condition = what.condition ? from_blocks(what.condition, nest, what.span, out) : nullptr;
        if (!is_tensor(target)) {
            spread_and_emit(std::move(what), nest, out);
            return;
        }
        std::vector<Var> order;
        const auto place = covered(target, what.store.indices, nest, what.span, order);
        if (!place) {
            return;
        }
        std::vector<Expr> shape, indices;
        for (const Var& var : order) {
            shape.push_back(nest.extents[static_cast<size_t>(std::find(nest.vars.begin(), nest.vars.end(), var) -
                                                             nest.vars.begin())]);
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

    /// A store outside of any Parallel, to one element of a buffer that has more.
    void spread_and_emit(Guarded what, const Nest& nest, Block& out) {
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

    void atomic_in(const ir::Atomic& atomic, const Expr& condition, Nest& nest, Span span, Block& out) {
        ir::Store store{atomic.dst.buffer, {}, changed(atomic.value)};
        for (const Expr& begin : atomic.dst.begin) {
            store.indices.push_back(simplified(changed(begin)));
        }
        const Expr kept = without_bounds_checks(condition, store);
        if (kept) {
            diagnostics_.error("tile-atomic-condition", span,
                               "an atomic that only some iterations of a T.Parallel do has no form here",
                               "make the value neutral (0 of an addition) where the condition is false");
            return;
        }
        std::vector<Var> order;
        const auto place = covered(atomic.dst.buffer, store.indices, nest, span, order);
        if (!place) {
            return;
        }
        if (order.size() != nest.vars.size()) {
            diagnostics_.error("tile-atomic-collision", span,
                               "several iterations of the T.Parallel add to one element of " + atomic.dst.buffer->name,
                               "reduce over the other loop variables first, then add the result");
            return;
        }
        std::vector<Expr> shape, indices;
        for (const Var& var : order) {
            shape.push_back(nest.extents[static_cast<size_t>(std::find(nest.vars.begin(), nest.vars.end(), var) -
                                                             nest.vars.begin())]);
            indices.push_back(ir::make_var(var));
        }
        if (indices.empty()) {
            indices.push_back(ir::make_int(0));
        }
        const Buffer made = make_buffer(atomic.dst.buffer->name + "_block", atomic.dst.buffer->dtype, shape, span, out);
        const Expr value = from_blocks(store.value, nest, span, out);
        emit_store(Guarded{nullptr, ir::Store{made, indices, value}, span}, nest, out);
        out.push_back(ir::make_stmt(ir::Atomic{atomic.op, *place, ir::whole(made), nullptr}, span));
    }

    /// The region that an access covers when the nest's variables run; `order` gets those that it has, outermost first.
    std::optional<Region> covered(const Buffer& tensor, const std::vector<Expr>& indices, const Nest& nest, Span span,
                                  std::vector<Var>& order) {
        Region place{tensor, {}, {}, {}};
        for (const Expr& index : indices) {
            const Linear sum = linear(index);
            Var var;
            size_t at = 0;
            bool plain = true;
            for (size_t i = 0; i < nest.vars.size(); ++i) {
                const auto factor = sum.factor_of(nest.vars[i]);
                if (factor == 0) {
                    continue;
                }
                plain =
                    plain && factor == 1 && !var && std::find(order.begin(), order.end(), nest.vars[i]) == order.end();
                var = nest.vars[i];
                at = i;
            }
            if (!plain) {
                diagnostics_.error(
                    "tile-gather", span,
                    "an index of " + tensor->name + " is no loop variable plus what is the same for all iterations",
                    "copy a region into a block's buffer first");
                return std::nullopt;
            }
            if (var) {
                order.push_back(var);
                place.begin.push_back(simplified(index - ir::make_cast(index->dtype, ir::make_var(var))));
                place.extent.push_back(nest.extents[at]);
                place.dropped.push_back(false);
            } else {
                place.begin.push_back(index);
                place.extent.push_back(ir::make_int(1));
                place.dropped.push_back(true);
            }
            if (has_load(place.begin.back())) {
                Block before;
                place.begin.back() = scalar(place.begin.back(), before, span);
                if (!before.empty()) {
                    diagnostics_.error("tile-gather", span,
                                       "an index of " + tensor->name + " is read from a tensor in a T.Parallel",
                                       "read the index before the T.Parallel, if it is the same for all iterations");
                    return std::nullopt;
                }
            }
        }
        return place;
    }

    /// The value with each element of a tensor replaced by one of a block's buffer, which is filled before.
    Expr from_blocks(const Expr& value, Nest& nest, Span span, Block& out) {
        return ir::rewrite(value, [&](const Expr& node) -> Expr {
            if (node->op != Op::Load || !is_tensor(node->buffer)) {
                return node;
            }
            for (const auto& [old, made] : nest.loaded) {
                if (ir::same(old, node)) {
                    return made;
                }
            }
            std::vector<Expr> at;
            for (const Expr& index : node->args) {
                at.push_back(simplified(index));
            }
            std::vector<Var> order;
            const auto place = covered(node->buffer, at, nest, span, order);
            if (!place) {
                return ir::is_float(node->dtype) ? ir::make_float(0, node->dtype) : ir::make_int(0, node->dtype);
            }
            std::vector<Expr> shape, indices;
            for (const Var& var : order) {
                shape.push_back(nest.extents[static_cast<size_t>(std::find(nest.vars.begin(), nest.vars.end(), var) -
                                                                 nest.vars.begin())]);
                indices.push_back(ir::make_var(var));
            }
            if (indices.empty()) {
                indices.push_back(ir::make_int(0));
            }
            const Buffer made = make_buffer(node->buffer->name + "_block", node->dtype, shape, span, out);
            out.push_back(ir::make_stmt(ir::Copy{*place, ir::whole(made)}, span));
            Expr again = ir::make_load(made, indices, node->span);
            nest.loaded.emplace_back(node, again);
            return again;
        });
    }
};

}  // namespace

ir::Kernel normalise(const ir::Kernel& kernel, Diagnostics& diagnostics) {
    ir::Kernel result = kernel;
    result.body = Normaliser(kernel, diagnostics).block(kernel.body);
    result.body = without_unread_loads(result.body);
    return result;
}

}  // namespace tessera::tile::pass
