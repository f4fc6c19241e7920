#include <algorithm>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {

void Evaluator::report(const EvalError& error) {
    if (error.name != "-" && !error.name.empty()) {
        diagnostics_->error(error.name, error.span, error.message, error.help);
    }
}

Flow Evaluator::run(const Body& body) {
    for (const Stmt* stmt : body) {
        const Flow flow = run_one_checked(*stmt);
        if (flow != Flow::Next) {
            return flow;
        }
    }
    return Flow::Next;
}

/// A statement that fails is left out, and evaluation goes on where that makes sense: in a kernel's body, so that one
/// run reports all it can, and on the host side, where what fails is unknown.
Flow Evaluator::run_one_checked(const Stmt& stmt) {
    if (lenient_ && step_limit_ != 0 && steps_ > step_limit_) {
        fail("tile-too-long", stmt.span, "evaluating this script takes too many steps");
    }
    const size_t scopes = scopes_.size();
    const Env environment = env_;
    try {
        return run_one(stmt);
    } catch (const EvalError& error) {
        if (!lenient_ && !in_block()) {
            throw;
        }
        if (lenient_ && error.name == "tile-too-long") {
            throw;
        }
        if (!lenient_) {
            report(error);
        }
        while (scopes_.size() > scopes) {
            pop_scope();
        }
        env_ = environment;
        bind_poison(stmt);
        if (lenient_ && stmt.kind == StmtKind::Raise) {
            throw;
        }
        return Flow::Next;
    }
}

namespace {

void names_of(const Expr& target, std::vector<const Expr*>& names) {
    if (target.kind == ExprKind::Name) {
        names.push_back(&target);
    } else if (target.kind == ExprKind::Tuple || target.kind == ExprKind::List || target.kind == ExprKind::Starred) {
        for (const Expr* item : target.items) {
            names_of(*item, names);
        }
    }
}

}  // namespace

/// What a failed statement would have bound is unknown; reading it is no error of its own.
void Evaluator::bind_poison(const Stmt& stmt) {
    std::vector<const Expr*> names;
    if (stmt.kind == StmtKind::Assign) {
        for (size_t i = 1; i < stmt.items.size(); ++i) {
            names_of(*stmt.items[i], names);
        }
    } else if (stmt.kind == StmtKind::AnnAssign || (stmt.kind == StmtKind::AugAssign && lenient_)) {
        names_of(*stmt.items[0], names);
    }
    for (const Expr* name : names) {
        OpaqueValue unknown{std::make_shared<const std::string>("\"" + name->text + "\""), name->span};
        unknown.error = lenient_ ? "" : "-";
        env_->names.insert_or_assign(name->text, Slot{unknown, static_cast<uint32_t>(scopes_.size())});
    }
}

Flow Evaluator::run_one(const Stmt& stmt) {
    if (step_limit_ != 0 && ++steps_ > step_limit_) {
        fail("tile-too-long", stmt.span, "evaluating this script takes too many steps");
    }
    switch (stmt.kind) {
        case StmtKind::Expression: {
            const Expr& expr = *stmt.items[0];
            if (expr.kind == ExprKind::String) {
                return Flow::Next;
            }
            const Value value = eval(expr);
            if (in_block() && value.is<OpaqueValue>() && !value.get<OpaqueValue>()->hint) {
                fail("tile-unknown-value", stmt.span,
                     *value.get<OpaqueValue>()->what + " is called in a kernel, and is not known here",
                     "only tilelang, math, itertools and functools are known");
            }
            return Flow::Next;
        }
        case StmtKind::Assign:
            run_assign(stmt);
            return Flow::Next;
        case StmtKind::AugAssign:
            run_aug_assign(stmt);
            return Flow::Next;
        case StmtKind::AnnAssign:
            run_ann_assign(stmt);
            return Flow::Next;
        case StmtKind::Return:
            if (in_block() && scopes_.size() > outer_scopes_) {
                fail("tile-return", stmt.span, "a kernel cannot return from within a block",
                     "put what follows into the other branch of an \"if\"");
            }
            returned_ = stmt.items[0] == nullptr ? none() : eval(*stmt.items[0]);
            return Flow::Return;
        case StmtKind::Raise: {
            std::string what = "an exception";
            if (stmt.items[0] != nullptr && stmt.items[0]->kind == ExprKind::Call) {
                const Expr& call = *stmt.items[0];
                what = call.items[0]->text;
                if (call.items.size() > 1) {
                    what += ": " + str(eval(*call.items[1]));
                }
            } else if (stmt.items[0] != nullptr) {
                what = stmt.items[0]->text;
            }
            fail("tile-raise", stmt.span, "the script raises " + what);
        }
        case StmtKind::Assert: {
            const Value condition = eval(*stmt.items[0]);
            if (lenient_ && !truth(condition)) {
                return Flow::Next;
            }
            if (staged(condition) && !truth(condition)) {
                if (in_block()) {
                    emit(ir::make_stmt(ir::Assert{to_bool(condition, stmt.span), "assertion", false}, stmt.span));
                }
                return Flow::Next;
            }
            if (!decide(condition, stmt.items[0]->span)) {
                std::string message = "an assertion of the script does not hold";
                if (stmt.items[1] != nullptr) {
                    message += ": " + str(eval(*stmt.items[1]));
                }
                fail("tile-assert", stmt.span, message);
            }
            return Flow::Next;
        }
        case StmtKind::Delete:
        case StmtKind::Pass:
            return Flow::Next;
        case StmtKind::Break:
            return Flow::Break;
        case StmtKind::Continue:
            return Flow::Continue;
        case StmtKind::Global:
            env_->globals.insert(stmt.names.begin(), stmt.names.end());
            return Flow::Next;
        case StmtKind::Nonlocal:
            env_->nonlocals.insert(stmt.names.begin(), stmt.names.end());
            return Flow::Next;
        case StmtKind::Import:
        case StmtKind::ImportFrom:
            run_import(stmt);
            return Flow::Next;
        case StmtKind::If:
            return run_if(stmt);
        case StmtKind::While:
            return run_while(stmt);
        case StmtKind::For:
            return run_for(stmt);
        case StmtKind::With:
            return run_with(stmt);
        case StmtKind::Try:
            return run_try(stmt);
        case StmtKind::Function:
            run_definition(stmt);
            return Flow::Next;
        case StmtKind::Class:
            run_class(stmt);
            return Flow::Next;
        case StmtKind::Match:
            if (!lenient_) {
                fail("tile-unsupported", stmt.span, "\"match\" is not supported", "use \"if\" and \"elif\"");
            }
            return Flow::Next;
    }
    return Flow::Next;
}

// --- assignment -----------------------------------------------------------------------------------------------------

void Evaluator::run_assign(const Stmt& stmt) {
    const Expr& source = *stmt.items[0];
    naming_ = stmt.items[1]->kind == ExprKind::Name ? stmt.items[1]->text : "";
    const Value value = eval(source);
    naming_.clear();
    // All targets of a tuple are bound after all of its values are read, which a Let each makes sure of.
    for (size_t i = 1; i < stmt.items.size(); ++i) {
        assign(*stmt.items[i], value);
    }
}

void Evaluator::assign(const Expr& target, const Value& value) {
    switch (target.kind) {
        case ExprKind::Name:
            assign_name(target.text, value, target.span);
            return;
        case ExprKind::Tuple:
        case ExprKind::List:
            unpack(target.items, value, target.span);
            return;
        case ExprKind::Subscript: {
            const Value object = eval(*target.items[0]);
            const Value index = eval(*target.items[1]);
            if (const auto* d = object.get<DictValue>()) {
                insert(*d, index, value);
                return;
            }
            if (const auto* l = object.get<ListValue>(); l != nullptr && !staged(index)) {
                const int64_t at = to_int(index, target.span, "an index");
                const auto size = static_cast<int64_t>(l->items->size());
                if (at < -size || at >= size) {
                    fail("tile-index", target.span,
                         "index " + std::to_string(at) + " is outside of " + std::to_string(size) + " elements");
                }
                (*l->items)[static_cast<size_t>(at < 0 ? at + size : at)] = value;
                return;
            }
            if (const auto* tensor = object.get<TensorValue>()) {
                tensor_store(*tensor, index, value);
                return;
            }
            if (lenient_ && object.is<OpaqueValue>()) {
                return;
            }
            const Value element = subscript(object, index, target.span);
            const auto* place = element.get<ElementValue>();
            if (place == nullptr) {
                fail("tile-type", target.span, "nothing can be stored into an element of " + type_name(object));
            }
            need_block(target.span, "a store");
            const ElementData& data = *place->data;
            if (std::ranges::any_of(data.indices, [](const Index& one) { return one.extent != nullptr; })) {
                if (!staged(value) && !value.is<ir::Buffer>()) {
                    emit(ir::make_stmt(ir::Fill{to_region(element, target.span, "the target"),
                                                to_expr(value, data.buffer->dtype, target.span)},
                                       target.span));
                    return;
                }
                fail("tile-store-region", target.span,
                     "a part of " + data.buffer->name + " with more than one element is assigned",
                     "T.copy copies regions, T.Parallel goes over elements");
            }
            if (store_into_reducer(data, value, target.span)) {
                return;
            }
            std::vector<ir::Expr> indices;
            indices.reserve(data.indices.size());
            for (const Index& one : data.indices) {
                indices.push_back(one.begin);
            }
            emit(ir::make_stmt(
                ir::Store{data.buffer, std::move(indices), to_expr(value, data.buffer->dtype, target.span)},
                target.span));
            return;
        }
        case ExprKind::Attribute: {
            const Value object = eval(*target.items[0]);
            if (const auto* instance = object.get<InstanceValue>()) {
                instance->data->attributes.insert_or_assign(target.text, value);
                return;
            }
            if (!lenient_) {
                fail("tile-type", target.span, "nothing can be assigned to an attribute of " + type_name(object));
            }
            return;
        }
        case ExprKind::Starred:
            assign(*target.items[0], value);
            return;
        default:
            fail("tile-unsupported", target.span, "nothing can be assigned to this");
    }
}

void Evaluator::unpack(const std::vector<Expr*>& targets, const Value& value, Span span) {
    if (value.is<OpaqueValue>() && lenient_) {
        const auto& like = value.get<OpaqueValue>()->like;
        for (const Expr* target : targets) {
            assign(*target, like && target == targets.front() ? Value(TensorValue{like}) : value);
        }
        return;
    }
    const Values parts = iterate(value, span);
    const auto star = std::ranges::find_if(targets, [](const Expr* one) { return one->kind == ExprKind::Starred; });
    if (star != targets.end() && parts.size() + 1 >= targets.size()) {
        const auto before = static_cast<size_t>(star - targets.begin());
        const size_t after = targets.size() - before - 1;
        for (size_t i = 0; i < before; ++i) {
            assign(*targets[i], parts[i]);
        }
        assign(**star, list(Values(parts.begin() + static_cast<std::ptrdiff_t>(before),
                                   parts.end() - static_cast<std::ptrdiff_t>(after))));
        for (size_t i = 0; i < after; ++i) {
            assign(*targets[before + 1 + i], parts[parts.size() - after + i]);
        }
        return;
    }
    if (parts.size() != targets.size()) {
        fail("tile-unpack", span,
             std::to_string(parts.size()) + " values for " + std::to_string(targets.size()) + " names");
    }
    // Two phases: a, b = b, a has to read both before it names either.
    Values read = parts;
    if (in_block()) {
        for (Value& one : read) {
            if (one.is<CellValue>()) {
                one = to_expr(one, span);
            }
        }
    }
    for (size_t i = 0; i < targets.size(); ++i) {
        assign(*targets[i], read[i]);
    }
}

void Evaluator::assign_name(const std::string& name, const Value& value, Span span) {
    // Assigning an alloc_var stores into it.
    if (in_block()) {
        for (Environment* at = env_.get(); at != nullptr; at = at->parent.get()) {
            const auto found = at->names.find(name);
            if (found == at->names.end()) {
                continue;
            }
            const auto* cell = found->second.value.get<CellValue>();
            if (cell != nullptr && at == home_of(name)) {
                const auto* fresh = value.get<CellValue>();
                if (fresh != nullptr && build_->unbound.contains(fresh->buffer)) {
                    break;  // a second alloc_var of this name
                }
                emit(ir::make_stmt(ir::Store{cell->buffer, cell->indices, to_expr(value, cell->buffer->dtype, span)},
                                   span));
                return;
            }
            break;
        }
    }
    Value bound = value;
    if (const Value* given = value.is<int64_t>() || value.is<bool>() || value.is<double>() || value.is<std::string>()
                                 ? override_of(name)
                                 : nullptr) {
        bound = *given;
    }
    if (in_block() && (value.is<CellValue>() || value.is<ElementValue>() || value.is<ir::Expr>())) {
        const auto* cell = value.get<CellValue>();
        const auto* element = value.get<ElementValue>();
        const bool scalar = element == nullptr || std::ranges::none_of(element->data->indices, [](const Index& one) {
                                return one.extent != nullptr;
                            });
        const bool fresh = cell != nullptr && build_->unbound.erase(cell->buffer) != 0;
        if (scalar && !fresh) {
            const ir::Expr expr = to_expr(value, span);
            bool loads = false;
            ir::walk(expr, [&](const ir::Expr& node) { loads = loads || node->op == ir::Op::Load; });
            if (loads) {
                const ir::Var var = make_variable(name, expr->dtype);
                emit(ir::make_stmt(ir::Let{var, expr}, span));
                bound = ir::make_var(var, span);
            } else {
                bound = expr;
            }
        }
    }
    bind(name, bound, span);
}

void Evaluator::run_aug_assign(const Stmt& stmt) {
    const Expr& target = *stmt.items[0];
    const Value old = eval(target);
    const Value change = eval(*stmt.items[1]);
    if (stmt.text == "+" && old.is<ListValue>() && items_of(change) != nullptr) {
        const Values more = *items_of(change);
        auto& items = *old.get<ListValue>()->items;
        items.insert(items.end(), more.begin(), more.end());
        return;
    }
    assign(target, binary(stmt.text, old, change, stmt.span));
}

void Evaluator::run_ann_assign(const Stmt& stmt) {
    const Expr& target = *stmt.items[0];
    if (staging_ == Staging::Eager && stmt.items[2] == nullptr && target.kind == ExprKind::Name) {
        const Value annotation = eval(*stmt.items[1]);
        if (const auto* spec = annotation.get<SpecValue>()) {
            find_dimensions(*spec->data, target.text);
            bind(target.text, parameter(target.text, *spec->data, target.span), target.span);
            return;
        }
        if (const auto* other = annotation.get<BuiltinValue>(); other != nullptr && other->name.starts_with("T.")) {
            refuse_tile(other->name.substr(2), stmt.items[1]->span);
        }
        if (const auto* type = annotation.get<ir::DType>();
            type != nullptr && function_ && tensors_of(*function_).contains(target.text)) {
            // A scalar of the call: given while compiling, or known when the kernel runs.
            const Value given = look_up(target.text, target.span);
            if (is_host(given)) {
                bind(target.text, to_expr(given, *type, target.span), target.span);
            } else {
                const ir::Var var = make_variable(target.text, *type);
                build_->kernel.symbols.push_back(var);
                bind(target.text, ir::make_var(var, target.span), target.span);
            }
            return;
        }
    }
    if (stmt.items[2] != nullptr) {
        naming_ = target.kind == ExprKind::Name ? target.text : "";
        Value value = eval(*stmt.items[2]);
        naming_.clear();
        // x: T.float32 = ... casts, as upstream.
        if (in_block() && (staged(value) || value.is<int64_t>() || value.is<double>())) {
            const Value annotation = eval(*stmt.items[1]);
            if (const auto* type = annotation.get<ir::DType>()) {
                value = to_expr(value, *type, stmt.span);
            }
        }
        assign(target, value);
    }
}

// --- control --------------------------------------------------------------------------------------------------------

Flow Evaluator::branch(const std::function<Flow()>& body, ir::Block& block, Span span) {
    build_->blocks.push_back(&block);
    push_scope(false, span);
    Flow flow = Flow::Next;
    try {
        flow = body();
    } catch (...) {
        pop_scope();
        build_->blocks.pop_back();
        throw;
    }
    pop_scope();
    build_->blocks.pop_back();
    if (flow == Flow::Break) {
        block.push_back(ir::make_stmt(ir::Break{}, span));
        return Flow::Next;
    }
    if (flow == Flow::Continue) {
        fail("tile-continue", span, "\"continue\" under a run-time condition has no form here",
             "put the rest of the loop's body under the opposite condition");
    }
    return flow;
}

Flow Evaluator::run_if(const Stmt& stmt) {
    const Value condition = eval(*stmt.items[0]);
    const std::optional<bool> known = truth(condition);
    if (known && !condition.is<OpaqueValue>()) {
        return run(*known ? stmt.body : stmt.otherwise);
    }
    if (lenient_) {
        // Nobody knows: both branches are followed, and what the first one gives counts.
        Flow flow = Flow::Next;
        try {
            flow = run(stmt.body);
        } catch (const EvalError& error) {
            if (error.name == "tile-too-long") {
                throw;
            }
        }
        return flow == Flow::Next ? run(stmt.otherwise) : flow;
    }
    if (!staged(condition)) {
        decide(condition, stmt.items[0]->span);
    }
    need_block(stmt.span, "\"if\" on a run-time condition");
    ir::If result;
    result.condition = to_bool(condition, stmt.items[0]->span);
    branch([&] { return run(stmt.body); }, result.then, stmt.span);
    branch([&] { return run(stmt.otherwise); }, result.otherwise,
           stmt.otherwise.empty() ? stmt.span : stmt.otherwise[0]->span);
    emit(ir::make_stmt(std::move(result), stmt.span));
    return Flow::Next;
}

Flow Evaluator::run_host_loop(const Stmt& stmt, const Values& items) {
    for (const Value& item : items) {
        if (step_limit_ != 0 && ++steps_ > step_limit_) {
            fail("tile-too-long", stmt.span, "evaluating this script takes too many steps");
        }
        assign(*stmt.items[0], item);
        const Flow flow = run(stmt.body);
        if (flow == Flow::Break) {
            return Flow::Next;
        }
        if (flow == Flow::Return) {
            return flow;
        }
    }
    return run(stmt.otherwise);
}

Flow Evaluator::run_for(const Stmt& stmt) {
    const Value iterable = eval(*stmt.items[1]);
    if (const auto* loop = iterable.get<LoopValue>()) {
        return run_tile_loop(stmt, *loop->data);
    }
    // range() is the tile language's serial loop where it is staged, and Python's elsewhere.
    if (const auto* range = iterable.get<RangeValue>(); range != nullptr && in_block() && staging_ != Staging::Host) {
        LoopData loop;
        loop.begin = to_expr(range->begin, stmt.span);
        loop.end = to_expr(range->end, stmt.span);
        loop.step = to_expr(range->step, stmt.span);
        loop.span = stmt.span;
        return run_tile_loop(stmt, loop);
    }
    if (lenient_ && iterable.is<OpaqueValue>()) {
        assign(*stmt.items[0], opaque("an element of an unknown sequence", stmt.span));
        const Flow flow = run(stmt.body);
        return flow == Flow::Return ? flow : Flow::Next;
    }
    return run_host_loop(stmt, iterate(iterable, stmt.items[1]->span));
}

Flow Evaluator::run_staged_while(const std::function<Flow()>& body, ir::Expr condition, Span span) {
    need_block(span, "\"while\" on a run-time condition");
    not_in_parallel(span, "\"while\"");
    ir::While loop;
    loop.condition = std::move(condition);
    build_->blocks.push_back(&loop.body);
    push_scope(true, span);
    const Flow flow = body();
    pop_scope();
    build_->blocks.pop_back();
    if (flow == Flow::Break) {
        loop.body.push_back(ir::make_stmt(ir::Break{}, span));
    }
    emit(ir::make_stmt(std::move(loop), span));
    return Flow::Next;
}

Flow Evaluator::run_while(const Stmt& stmt) {
    for (uint64_t rounds = 0;; ++rounds) {
        if (lenient_ && rounds > 100'000) {
            fail("tile-too-long", stmt.span, "evaluating this script takes too many steps");
        }
        const Value condition = eval(*stmt.items[0]);
        const std::optional<bool> known = truth(condition);
        if (!known || condition.is<OpaqueValue>()) {
            if (lenient_) {
                return Flow::Next;
            }
            if (!staged(condition)) {
                decide(condition, stmt.items[0]->span);
            }
            need_block(stmt.span, "\"while\" on a run-time condition");
            return run_staged_while([&] { return run(stmt.body); }, to_bool(condition, stmt.items[0]->span), stmt.span);
        }
        if (!*known) {
            return run(stmt.otherwise);
        }
        if (in_block() && staging_ != Staging::Host) {
            // while True: a loop that a break ends.
            return run_staged_while([&] { return run(stmt.body); }, ir::make_bool(true, stmt.span), stmt.span);
        }
        if (!lenient_ && rounds > 10'000'000) {
            fail("tile-too-long", stmt.span, "this loop is too long to be followed while compiling");
        }
        const Flow flow = run(stmt.body);
        if (flow == Flow::Break) {
            return Flow::Next;
        }
        if (flow == Flow::Return) {
            return flow;
        }
    }
}

Flow Evaluator::run_try(const Stmt& stmt) {
    Flow flow = Flow::Next;
    try {
        // Within a try, a failure ends the block.
        for (const Stmt* one : stmt.body) {
            flow = run_one(*one);
            if (flow != Flow::Next) {
                break;
            }
        }
        if (flow == Flow::Next) {
            flow = run(stmt.otherwise);
        }
    } catch (const EvalError& error) {
        if (error.name == "tile-too-long" || stmt.handlers.empty()) {
            throw;
        }
        const Handler& handler = stmt.handlers.front();
        if (!handler.name.empty()) {
            bind(handler.name, opaque("an exception", stmt.span), stmt.span);
        }
        flow = run(handler.body);
    }
    const Flow last = run(stmt.last);
    return last == Flow::Next ? flow : last;
}

}  // namespace tessera::tile::front
