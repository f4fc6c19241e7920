// Loops and launches of the tile language.
#include <algorithm>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

/// What a loop's variables are called, as far as the script says.
std::vector<std::string> names_in(const Expr& target, size_t count) {
    std::vector<std::string> names;
    if (target.kind == ExprKind::Name && count == 1) {
        names.push_back(target.text);
    } else if (target.kind == ExprKind::Tuple || target.kind == ExprKind::List) {
        for (const Expr* item : target.items) {
            names.push_back(item->kind == ExprKind::Name ? item->text : "i");
        }
    } else if (target.kind == ExprKind::Name) {
        for (size_t i = 0; i < count; ++i) {
            names.push_back(target.text + std::to_string(i));
        }
    }
    for (std::string& name : names) {
        if (name == "_") {
            name = "i";
        }
    }
    return names;
}

bool reads_any(const ir::Expr& expr, const std::vector<ir::Var>& vars) {
    return std::ranges::any_of(vars, [&](const ir::Var& var) { return ir::uses(expr, var); });
}

void stored_in(const ir::Block& block, std::vector<ir::Buffer>& buffers) {
    ir::walk_statements(block, [&](const ir::Stmt& stmt) {
        if (const auto* store = std::get_if<ir::Store>(&stmt->of)) {
            buffers.push_back(store->buffer);
        }
        if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
            buffers.push_back(atomic->dst.buffer);
        }
    });
}

}  // namespace

void Evaluator::bind_loop_variables(const Expr& target, const std::vector<ir::Var>& vars) {
    if (vars.size() == 1 && target.kind != ExprKind::Tuple && target.kind != ExprKind::List) {
        assign(target, ir::make_var(vars[0], target.span));
        mark_loop_variables(target);
        return;
    }
    Values values;
    for (const ir::Var& var : vars) {
        values.emplace_back(ir::make_var(var, target.span));
    }
    if ((target.kind == ExprKind::Tuple || target.kind == ExprKind::List) && target.items.size() != vars.size()) {
        fail("tile-unpack", target.span,
             std::to_string(vars.size()) + " loop variables for " + std::to_string(target.items.size()) + " names");
    }
    assign(target, tuple(std::move(values)));
    mark_loop_variables(target);
}

void Evaluator::mark_loop_variables(const Expr& target) {
    if (target.kind == ExprKind::Name) {
        auto& names = home_of(target.text)->names;
        if (const auto found = names.find(target.text); found != names.end()) {
            found->second.loop_variable = true;
        }
        return;
    }
    for (const Expr* item : target.items) {
        mark_loop_variables(*item);
    }
}

Flow Evaluator::run_tile_loop(const Stmt& stmt, const LoopData& loop) {
    need_block(stmt.span, "a loop of the tile language");
    if (!stmt.otherwise.empty()) {
        fail("tile-unsupported", stmt.span, "a loop of the tile language has no \"else\"");
    }
    if (loop.kind == LoopData::Kind::Parallel || loop.kind == LoopData::Kind::Vectorized) {
        run_parallel(stmt, loop);
        return Flow::Next;
    }
    if (loop.kind == LoopData::Kind::Persistent) {
        run_persistent(stmt, loop);
        return Flow::Next;
    }
    const std::vector<std::string> names = names_in(*stmt.items[0], 1);
    ir::For result;
    result.var = make_variable(names.empty() ? "i" : names[0],
                               loop.end->dtype == ir::DType::Int64 ? ir::DType::Int64 : ir::DType::Int32);
    result.begin = ir::make_cast(result.var->dtype, loop.begin, stmt.span);
    result.end = ir::make_cast(result.var->dtype, loop.end, stmt.span);
    result.step = ir::make_cast(result.var->dtype, loop.step, stmt.span);
    const auto step = ir::constant(result.step);
    if (!step || *step == 0) {
        fail("tile-loop-step", stmt.items[1]->span,
             step ? "the step of a loop is 0" : "the step of a loop has to be known while compiling");
    }
    result.kind = loop.kind == LoopData::Kind::Unrolled    ? ir::LoopKind::Unrolled
                  : loop.kind == LoopData::Kind::Pipelined ? ir::LoopKind::Pipelined
                                                           : ir::LoopKind::Serial;
    result.stages = loop.stages;
    build_->blocks.push_back(&result.body);
    push_scope(true, stmt.span);
    Flow flow = Flow::Next;
    try {
        bind_loop_variables(*stmt.items[0], {result.var});
        flow = run(stmt.body);
    } catch (...) {
        pop_scope();
        build_->blocks.pop_back();
        throw;
    }
    pop_scope();
    build_->blocks.pop_back();
    if (flow == Flow::Break) {
        result.body.push_back(ir::make_stmt(ir::Break{}, stmt.span));
    }
    emit(ir::make_stmt(std::move(result), stmt.span));
    return Flow::Next;
}

void Evaluator::run_parallel(const Stmt& stmt, const LoopData& loop) {
    const Expr& target = *stmt.items[0];
    std::vector<std::string> names = names_in(target, loop.extents.size());
    if (names.size() != loop.extents.size()) {
        fail("tile-unpack", target.span,
             std::to_string(loop.extents.size()) + " loop variables for " + std::to_string(names.size()) + " names");
    }
    ir::Parallel nest;
    for (size_t i = 0; i < loop.extents.size(); ++i) {
        nest.vars.push_back(make_variable(names[i]));
        nest.extents.push_back(loop.extents[i]);
    }
    Build::Nest open;
    if (!build_->nests.empty()) {
        open = build_->nests.back();
    } else {
        open.outside = build_->blocks.back();
    }
    open.vars.insert(open.vars.end(), nest.vars.begin(), nest.vars.end());
    open.extents.insert(open.extents.end(), nest.extents.begin(), nest.extents.end());
    build_->nests.push_back(std::move(open));
    build_->blocks.push_back(&nest.body);
    push_scope(true, stmt.span);
    Flow flow = Flow::Next;
    try {
        bind_loop_variables(target, nest.vars);
        if (loop.kind == LoopData::Kind::Vectorized && !reads_any(loop.begin, nest.vars) &&
            ir::constant(loop.begin) != 0) {
            assign(target, ir::make(ir::Op::Add, {ir::make_var(nest.vars[0]), loop.begin}, stmt.span));
        }
        flow = run(stmt.body);
    } catch (...) {
        pop_scope();
        build_->blocks.pop_back();
        build_->nests.pop_back();
        throw;
    }
    pop_scope();
    build_->blocks.pop_back();
    build_->nests.pop_back();
    if (flow != Flow::Next) {
        fail("tile-parallel-body", stmt.span, "the iterations of a T.Parallel have no order, so none can leave it",
             "T.serial goes in order");
    }
    if (build_->nests.empty()) {
        emit_parallel(std::move(nest), stmt.span);
        for (ir::Stmt& after : std::exchange(build_->after_nest, {})) {
            emit(std::move(after));
        }
    } else {
        emit(ir::make_stmt(std::move(nest), stmt.span));
    }
}

void Evaluator::emit_parallel(ir::Parallel nest, Span span) {
    const auto plain = [](const ir::Stmt& stmt) {
        bool found = false;
        ir::walk_statements({stmt}, [&](const ir::Stmt& one) {
            found = found || std::holds_alternative<ir::For>(one->of) || std::holds_alternative<ir::Parallel>(one->of);
        });
        return !found;
    };
    if (std::ranges::all_of(nest.body, plain)) {
        // Pieces of one loop have variables of their own, as everything in a kernel has a name of its own.
        std::map<ir::Var, ir::Expr> fresh;
        const auto own = [&](ir::Var& var) {
            if (!build_->placed.insert(var).second) {
                const ir::Var other = make_variable(var->name, var->dtype);
                fresh[std::exchange(var, other)] = ir::make_var(other, span);
            }
        };
        std::ranges::for_each(nest.vars, own);
        for (ir::Stmt& stmt : nest.body) {
            if (const auto* let = std::get_if<ir::Let>(&stmt->of)) {
                ir::Let again = *let;
                own(again.var);
                stmt = again.var == let->var ? stmt : ir::make_stmt(std::move(again), stmt->span);
            }
        }
        if (!fresh.empty()) {
            nest.body = ir::map_exprs(nest.body, [&](const ir::Expr& expr) {
                return ir::substitute(expr, [&](const ir::Var& var) -> ir::Expr {
                    const auto found = fresh.find(var);
                    return found == fresh.end() ? nullptr : found->second;
                });
            });
        }
        emit(ir::make_stmt(std::move(nest), span));
        return;
    }
    // The body falls into pieces, each a nest of its own; iterations do not touch each other's elements, so that all
    // iterations of one piece may come before the next. What a Let names is computed anew in each piece.
    ir::Block lets;
    std::vector<ir::Buffer> stored;
    ir::Block piece;
    const auto flush = [&] {
        if (!piece.empty()) {
            ir::Block body = lets;
            body.insert(body.end(), piece.begin(), piece.end());
            stored_in(piece, stored);
            piece.clear();
            emit_parallel({nest.vars, nest.extents, std::move(body)}, span);
        }
    };
    for (const ir::Stmt& stmt : nest.body) {
        if (const auto* let = std::get_if<ir::Let>(&stmt->of)) {
            lets.push_back(stmt);
            (void)let;
            continue;
        }
        if (plain(stmt)) {
            piece.push_back(stmt);
            continue;
        }
        flush();
        for (const ir::Stmt& one : lets) {
            ir::walk(std::get<ir::Let>(one->of).value, [&](const ir::Expr& node) {
                if (node->op == ir::Op::Load && std::ranges::find(stored, node->buffer) != stored.end()) {
                    fail("tile-parallel-body", stmt->span,
                         "a loop in a T.Parallel comes after a store to " + node->buffer->name +
                             ", which a name assigned before the store was read from",
                         "make two T.Parallel loops of it");
                }
            });
        }
        if (const auto* inner = std::get_if<ir::Parallel>(&stmt->of)) {
            ir::Parallel joined = nest;
            joined.vars.insert(joined.vars.end(), inner->vars.begin(), inner->vars.end());
            joined.extents.insert(joined.extents.end(), inner->extents.begin(), inner->extents.end());
            if (std::ranges::any_of(inner->extents, [&](const ir::Expr& one) { return reads_any(one, nest.vars); })) {
                fail("tile-parallel-body", stmt->span, "the extent of an inner loop depends on a T.Parallel around it",
                     "go over the largest extent, under a condition");
            }
            joined.body = lets;
            joined.body.insert(joined.body.end(), inner->body.begin(), inner->body.end());
            stored_in(inner->body, stored);
            emit_parallel(std::move(joined), stmt->span);
        } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
            if (reads_any(loop->begin, nest.vars) || reads_any(loop->end, nest.vars)) {
                fail("tile-parallel-body", stmt->span, "the bounds of a loop depend on the T.Parallel around it",
                     "go over the largest extent, under a condition");
            }
            ir::For outer = *loop;
            outer.body.clear();
            ir::Block body = lets;
            body.insert(body.end(), loop->body.begin(), loop->body.end());
            stored_in(loop->body, stored);
            build_->blocks.push_back(&outer.body);
            try {
                emit_parallel({nest.vars, nest.extents, std::move(body)}, stmt->span);
            } catch (...) {
                build_->blocks.pop_back();
                throw;
            }
            build_->blocks.pop_back();
            emit(ir::make_stmt(std::move(outer), stmt->span));
        } else {
            fail("tile-parallel-body", stmt->span, "a loop under a condition in a T.Parallel has no form here",
                 "put the condition into the loop");
        }
    }
    flush();
}

void Evaluator::run_persistent(const Stmt& stmt, const LoopData& loop) {
    not_in_parallel(stmt.span, "T.Persistent");
    const Expr& target = *stmt.items[0];
    const std::vector<std::string> names = names_in(target, loop.extents.size());
    if (names.size() != loop.extents.size()) {
        fail("tile-unpack", target.span,
             std::to_string(loop.extents.size()) + " loop variables for " + std::to_string(names.size()) + " names");
    }
    std::vector<ir::Expr> extents = loop.extents;
    extents.insert(extents.end(), {loop.index, loop.wave});
    const bool wide = std::ranges::any_of(extents, [](const ir::Expr& one) { return one->dtype == ir::DType::Int64; });
    const ir::DType type = wide ? ir::DType::Int64 : ir::DType::Int32;
    for (ir::Expr& one : extents) {
        one = one->dtype == type ? one : ir::make_cast(type, one, stmt.span);
    }
    // Block `index` of `wave` blocks does items index, index + wave, ... of the domain, its last dimension fastest.
    ir::Expr total = extents[0];
    for (size_t i = 1; i < loop.extents.size(); ++i) {
        total = ir::make(ir::Op::Mul, {total, extents[i]}, stmt.span);
    }
    ir::For result;
    result.var = make_variable("item", type);
    result.begin = extents[loop.extents.size()];
    result.end = total;
    result.step = extents.back();
    const auto step = ir::constant(loop.wave);
    if (!step || *step <= 0) {
        fail("tile-loop-step", stmt.items[1]->span,
             "the number of blocks that T.Persistent spreads its domain over has "
             "to be a constant above 0");
    }
    build_->blocks.push_back(&result.body);
    push_scope(true, stmt.span);
    Flow flow = Flow::Next;
    try {
        ir::Expr rest = ir::make_var(result.var, stmt.span);
        Values items(loop.extents.size());
        for (size_t i = loop.extents.size(); i-- > 0;) {
            items[i] = i == 0 ? rest : ir::make(ir::Op::FloorMod, {rest, extents[i]}, stmt.span);
            rest = ir::make(ir::Op::FloorDiv, {rest, extents[i]}, stmt.span);
        }
        if (items.size() == 1 && target.kind != ExprKind::Tuple && target.kind != ExprKind::List) {
            assign(target, items[0]);
        } else {
            assign(target, tuple(std::move(items)));
        }
        flow = run(stmt.body);
    } catch (...) {
        pop_scope();
        build_->blocks.pop_back();
        throw;
    }
    pop_scope();
    build_->blocks.pop_back();
    if (flow == Flow::Break) {
        result.body.push_back(ir::make_stmt(ir::Break{}, stmt.span));
    }
    emit(ir::make_stmt(std::move(result), stmt.span));
}

void Evaluator::run_launch(const Stmt& stmt, const WithItem& item, const LaunchData& launch) {
    if (build_ == nullptr) {
        fail("tile-launch", stmt.span, "T.Kernel stands outside of a kernel function",
             "put it under @T.prim_func, or under @tilelang.jit with T.Tensor annotations");
    }
    if (build_->in_launch) {
        fail("tile-launch", stmt.span, "a T.Kernel stands inside another", "two launches come one after the other");
    }
    if (build_->probing) {
        throw EvalError{"-", stmt.span, "", ""};
    }
    ir::Launch result;
    result.extents = launch.extents;
    std::vector<std::string> names;
    if (item.target != nullptr) {
        names = names_in(*item.target, launch.extents.size());
        if (names.size() != launch.extents.size()) {
            fail("tile-launch", item.target->span,
                 "T.Kernel has " + std::to_string(launch.extents.size()) + " extents, and " +
                     std::to_string(names.size()) + " names for them");
        }
    }
    constexpr const char* plain[] = {"bx", "by", "bz"};
    for (size_t i = 0; i < launch.extents.size(); ++i) {
        result.vars.push_back(make_variable(names.empty() ? plain[i] : names[i]));
    }
    build_->in_launch = true;
    ++build_->launches;
    build_->blocks.push_back(&result.body);
    push_scope(true, stmt.span);
    const auto close = [&] {
        pop_scope();
        build_->blocks.pop_back();
        build_->in_launch = false;
    };
    try {
        if (item.target != nullptr) {
            bind_loop_variables(*item.target, result.vars);
        }
        const Flow flow = run(stmt.body);
        if (flow == Flow::Break || flow == Flow::Continue) {
            fail("tile-break", stmt.span, "\"break\" and \"continue\" stand outside of a loop");
        }
        check_barriers();
    } catch (...) {
        close();
        throw;
    }
    close();
    emit(ir::make_stmt(std::move(result), stmt.span));
}

}  // namespace tessera::tile::front
