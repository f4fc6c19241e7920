// "with": launches, and the branches and loops that are written as contexts (T.If, T.Then, T.Else, T.While).
#include <tile/front/evaluator.h>

namespace tessera::tile::front {

Flow Evaluator::run_with(const Stmt& stmt) {
    return run_with_from(stmt, 0);
}

/// From an item of the "with" on: each holds those that follow it, the last one the body.
Flow Evaluator::run_with_from(const Stmt& stmt, size_t at) {
    if (at == stmt.withs.size()) {
        return run(stmt.body);
    }
    const WithItem& item = stmt.withs[at];
    const Value context = eval(*item.context);
    if (const auto* launch = context.get<LaunchValue>()) {
        for (const WithItem& other : stmt.withs) {
            if (&other == &item) {
                continue;
            }
            const Value beside = eval(*other.context);
            const auto* hint = beside.get<OpaqueValue>();
            if (hint == nullptr || !hint->hint) {
                fail("tile-launch", other.context->span, "T.Kernel stands alone in its \"with\"");
            }
            ignored(*hint->what, other.context->span);
        }
        run_launch(stmt, item, *launch->data);
        return Flow::Next;
    }
    const auto rest = [&] { return run_with_from(stmt, at + 1); };
    if (const auto* frame = context.get<FrameValue>()) {
        return run_frame(*frame->data, rest);
    }
    const auto* unknown = context.get<OpaqueValue>();
    if (in_block() && (unknown == nullptr || !unknown->hint)) {
        fail("tile-unsupported", item.context->span, "\"with\" takes T.Kernel, T.If, T.Then, T.Else and T.While only");
    }
    if (item.target != nullptr) {
        assign(*item.target, opaque("a context", stmt.span));
    }
    return rest();
}

Flow Evaluator::run_frame(const FrameData& frame, const std::function<Flow()>& body) {
    using Kind = FrameData::Kind;
    switch (frame.kind) {
        case Kind::If: {
            Build::Choice choice;
            choice.known = truth(frame.condition);
            if (!choice.known) {
                need_block(frame.span, "T.If on a run-time condition");
                choice.result.condition = to_bool(frame.condition, frame.span);
            }
            if (build_ == nullptr) {
                fail("tile-outside", frame.span, "T.If stands outside of a kernel");
            }
            Build::Choice* const outer = std::exchange(build_->choice, &choice);
            try {
                body();
            } catch (...) {
                build_->choice = outer;
                throw;
            }
            build_->choice = outer;
            if (!choice.known) {
                emit(ir::make_stmt(std::move(choice.result), frame.span));
            }
            return choice.flow;
        }
        case Kind::Then:
        case Kind::Else: {
            const bool then = frame.kind == Kind::Then;
            Build::Choice* const choice = build_ == nullptr ? nullptr : build_->choice;
            if (choice == nullptr) {
                fail("tile-unsupported", frame.span, then ? "T.Then stands in no T.If" : "T.Else stands in no T.If",
                     "with T.If(condition): with T.Then(): ... with T.Else(): ...");
            }
            build_->choice = nullptr;
            try {
                if (!choice->known) {
                    branch(body, then ? choice->result.then : choice->result.otherwise, frame.span);
                } else if (*choice->known == then) {
                    choice->flow = body();
                }
            } catch (...) {
                build_->choice = choice;
                throw;
            }
            build_->choice = choice;
            return choice->flow;
        }
        case Kind::While: {
            const std::optional<bool> known = truth(frame.condition);
            if (known && !*known) {
                return Flow::Next;
            }
            return run_staged_while(
                body, known ? ir::make_bool(true, frame.span) : to_bool(frame.condition, frame.span), frame.span);
        }
    }
    return Flow::Next;
}

}  // namespace tessera::tile::front
