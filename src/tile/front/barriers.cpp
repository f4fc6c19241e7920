// What GPU kernels order their groups of threads with: barriers, fences, groups of warps that do one part of a block's
// work each. Here a block does its statements in order, so that all of this means nothing as long as what a wait waits
// for stands before it; that is looked for, and a kernel in which it does not is refused.
#include <algorithm>
#include <limits>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

/// Statements that keep two kinds of a GPU's memory accesses apart, or wait for one.
constexpr std::string_view orderings[] = {"fence_proxy_async",
                                          "fence_barrier_init",
                                          "warpgroup_arrive",
                                          "warpgroup_commit_batch",
                                          "warpgroup_wait",
                                          "wait_wgmma",
                                          "tma_store_arrive",
                                          "tma_store_wait",
                                          "cp_async_commit",
                                          "cp_async_wait",
                                          "ptx_commit_group",
                                          "ptx_wait_group",
                                          "sync_warp",
                                          "mbarrier_expect_tx",
                                          "barrier_init",
                                          "warpgroup_fence_operand",
                                          "tcgen05_after_thread_sync",
                                          "tcgen05_before_thread_sync"};

const Value* argument(const Call& call, size_t place, std::string_view name, std::string_view other = {}) {
    if (place < call.positional.size()) {
        return &call.positional[place];
    }
    for (const auto& [key, value] : call.keywords) {
        if (key == name || (!other.empty() && key == other)) {
            return &value;
        }
    }
    return nullptr;
}

bool begins_with(const std::vector<Span>& path, const std::vector<Span>& start) {
    return start.size() <= path.size() && std::equal(start.begin(), start.end(), path.begin());
}

/// The call without keywords that say how a GPU does it.
Call plain(const Call& call, const std::set<std::string_view>& kept) {
    Call made = call;
    made.keywords.clear();
    made.keyword_places.clear();
    for (size_t i = 0; i < call.keywords.size(); ++i) {
        if (kept.contains(call.keywords[i].first)) {
            made.keywords.push_back(call.keywords[i]);
            made.keyword_places.push_back(i < call.keyword_places.size() ? call.keyword_places[i] : call.span);
        }
    }
    return made;
}

}  // namespace

void Evaluator::barrier_event(const Value* barrier, bool wait, const Value* parity, const Call& call) {
    const auto* known = barrier == nullptr ? nullptr : barrier->get<OpaqueValue>();
    if (known == nullptr || known->barrier < 0) {
        if (wait) {
            fail("tile-gpu-only", call.span,
                 "T." + call.name + " waits for something that is no barrier of T.alloc_barrier",
                 "a block runs its statements in order");
        }
        return;
    }
    Build::BarrierEvent event;
    event.barrier = known->barrier;
    event.wait = wait;
    event.span = call.span;
    event.name = call.name;
    for (const Scope& scope : scopes_) {
        if (scope.loop) {
            event.loops.push_back(scope.span);
        }
    }
    if (wait && parity != nullptr) {
        // In the first turn of all loops; a fresh barrier lets pass who waits for the phase before the first.
        const ir::Expr first = ir::substitute(
            to_expr(*parity, call.span), [](const ir::Var& var) -> ir::Expr { return ir::make_int(0, var->dtype); });
        const auto phase = ir::constant(first);
        event.passes_fresh = phase && (*phase & 1) == 1;
    }
    build_->barrier_events.push_back(std::move(event));
}

void Evaluator::check_barriers() {
    const auto& events = build_->barrier_events;
    for (size_t i = 0; i < events.size(); ++i) {
        const Build::BarrierEvent& wait = events[i];
        if (!wait.wait) {
            continue;
        }
        bool held = false;
        for (size_t j = 0; j < events.size() && !held; ++j) {
            const Build::BarrierEvent& arrival = events[j];
            if (arrival.wait || arrival.barrier != wait.barrier) {
                continue;
            }
            // What it waits for comes before it, in the same turn of their loop or in a loop one of them stands behind;
            // or it lets pass in the first turn, and what it waits for then comes in the turn before.
            const bool before =
                j < i && (begins_with(wait.loops, arrival.loops) || begins_with(arrival.loops, wait.loops));
            const bool around = j > i && wait.passes_fresh && !wait.loops.empty() && arrival.loops == wait.loops;
            held = before || around;
        }
        if (!held) {
            fail("tile-barrier-order", wait.span,
                 "T." + wait.name +
                     " waits for an arrival that does not stand before it, and a block runs its statements "
                     "in order",
                 "let the part that produces stand before the part that consumes, in one loop");
        }
    }
    build_->barrier_events.clear();
}

std::optional<Value> Evaluator::tile_ordering(const std::string& name, const Call& call) {
    const Span span = call.span;
    if (name == "ws") {
        need_block(span, "T.ws");
        ignored("T.ws", span);
        return opaque("T.ws", span, true);
    }
    if (name == "alloc_barrier" || name == "create_list_of_mbarrier") {
        need_block(span, "T." + name);
        ignored("T." + name, span);
        OpaqueValue barrier{std::make_shared<const std::string>("a barrier"), span, true};
        barrier.barrier = name == "alloc_barrier" ? ++build_->barriers : 0;
        return barrier;
    }
    if (name == "get_mbarrier") {
        OpaqueValue barrier{std::make_shared<const std::string>("a barrier"), span, true};
        barrier.barrier = 0;
        return barrier;
    }
    if (name == "barrier_wait" || name == "mbarrier_wait_parity") {
        need_block(span, "T." + name);
        barrier_event(argument(call, 0, "barrier", "mbarrier"), true, argument(call, 1, "parity", "phase"), call);
        ignored("T." + name, span);
        return none();
    }
    if (name == "barrier_arrive" || name == "mbarrier_arrive" || name == "tcgen05_mma_arrive" ||
        name == "cp_async_barrier_noinc" || name == "mbarrier_cp_async_arrive" ||
        name == "mbarrier_cp_async_arrive_noinc") {
        need_block(span, "T." + name);
        const Value* both = argument(call, 99, "arrive_2cta");
        if ((both != nullptr && truth(*both) != false) || call.positional.size() > 1) {
            const Value* cluster = call.positional.size() > 1 ? &call.positional[1] : both;
            if (cluster == both || truth(*cluster) != false) {
                fail("tile-gpu-only", span,
                     "T." + name +
                         " of another block of a cluster has no meaning on Tensix: there are no thread block "
                         "clusters");
            }
        }
        barrier_event(argument(call, 0, "barrier", "mbarrier"), false, nullptr, call);
        ignored("T." + name, span);
        return none();
    }
    if (std::ranges::find(orderings, name) != std::end(orderings)) {
        need_block(span, "T." + name);
        ignored("T." + name, span);
        return none();
    }
    if (name == "tma_copy" || name == "async_copy") {
        ignored("T." + name + ", which is T.copy here", span);
        copy(plain(call, {"src", "dst"}));
        if (const Value* barrier = argument(call, 99, "barrier", "mbar")) {
            barrier_event(barrier, false, nullptr, call);
        }
        return none();
    }
    if (name == "tcgen05_gemm" || name == "wgmma_gemm") {
        const Value* both = argument(call, 99, "use_2cta");
        if (both != nullptr && truth(*both) != false) {
            fail("tile-gpu-only", span,
                 "T." + name +
                     "(use_2cta=True) has no meaning on Tensix: there are no thread "
                     "block clusters");
        }
        ignored("T." + name + ", which is T.gemm here", span);
        gemm(plain(call, {"A", "B", "C", "transpose_A", "transpose_B", "policy", "clear_accum"}));
        if (const Value* barrier = argument(call, 9, "mbar", "barrier")) {
            barrier_event(barrier, false, nullptr, call);
        }
        return none();
    }
    if (name == "alloc_tmem") {
        ignored("T.alloc_tmem, which is T.alloc_fragment here", span);
        return allocate(plain(call, {"shape", "dtype"}), ir::Scope::Fragment, name);
    }
    if (name == "deallocate_tmem" || name == "dealloc_tmem") {
        return none();
    }
    return std::nullopt;
}

// --- sums that the iterations of a T.Parallel make together
// -----------------------------------------------------------

bool Evaluator::store_into_reducer(const ElementData& target, const Value& value, Span span) {
    const auto reducer = build_->reducers.find(target.buffer);
    if (reducer == build_->reducers.end() || build_->nests.empty()) {
        return false;
    }
    const Build::Nest& nest = build_->nests.back();
    const ir::Expr sum = to_expr(value, span);
    const ir::Op op = reducer->second == ir::Reduction::Sum   ? ir::Op::Add
                      : reducer->second == ir::Reduction::Max ? ir::Op::Max
                                                              : ir::Op::Min;
    const auto own = [&](const ir::Expr& expr) {
        if (expr->op != ir::Op::Load || expr->buffer != target.buffer || expr->args.size() != target.indices.size()) {
            return false;
        }
        for (size_t i = 0; i < expr->args.size(); ++i) {
            if (!ir::same(expr->args[i], target.indices[i].begin)) {
                return false;
            }
        }
        return true;
    };
    const bool first = sum->op == op && sum->args.size() == 2 && own(sum->args[0]);
    if (sum->op != op || sum->args.size() != 2 || (!first && !own(sum->args[1]))) {
        fail("tile-reducer", span,
             "an element of the reducer " + target.buffer->name +
                 " is assigned something else than itself and one more "
                 "value, combined as T.alloc_reducer says",
             "r[i] += x, or r[i] = T.max(r[i], x) with T.alloc_reducer(..., op=\"max\")");
    }
    std::vector<ir::Var> kept;
    for (const Index& one : target.indices) {
        if (one.begin->op == ir::Op::Var && std::ranges::find(nest.vars, one.begin->var) != nest.vars.end()) {
            kept.push_back(one.begin->var);
        }
    }
    std::vector<ir::Var> order = kept;
    std::ranges::copy_if(nest.vars, std::back_inserter(order),
                         [&](const ir::Var& var) { return std::ranges::find(kept, var) == kept.end(); });
    if (kept.size() != target.indices.size() || order.size() != kept.size() + 1) {
        fail("tile-reducer", span,
             "the reducer " + target.buffer->name +
                 " takes a T.Parallel with one variable more than it has dimensions, "
                 "which are indexed with the others",
             "T.reduce_sum reduces one dimension of a buffer after the other");
    }
    std::vector<ir::Expr> shape;
    std::vector<ir::Expr> indices;
    for (const ir::Var& var : order) {
        const auto at = std::ranges::find(nest.vars, var) - nest.vars.begin();
        const ir::Expr& extent = nest.extents[static_cast<size_t>(at)];
        if (!ir::constant(extent)) {
            fail("tile-reducer", span, "a reducer in a T.Parallel whose extent is known at run time only");
        }
        shape.push_back(extent);
        indices.push_back(ir::make_var(var, span));
    }
    const ir::Buffer parts =
        make_buffer(target.buffer->name + "_parts", target.buffer->dtype, std::move(shape), ir::Scope::Fragment, span);
    nest.outside->push_back(ir::make_stmt(ir::Alloc{parts, nullptr}, span));
    if (!scopes_.back().loop) {
        // Not all iterations give a value.
        const double none_given = reducer->second == ir::Reduction::Sum   ? 0.0
                                  : reducer->second == ir::Reduction::Max ? -std::numeric_limits<double>::infinity()
                                                                          : std::numeric_limits<double>::infinity();
        const ir::Expr identity = ir::is_float(parts->dtype) ? ir::make_float(none_given, parts->dtype, span)
                                                             : ir::make_int(0, parts->dtype, span);
        nest.outside->push_back(ir::make_stmt(ir::Fill{ir::whole(parts), identity}, span));
    }
    emit(ir::make_stmt(
        ir::Store{parts, std::move(indices), ir::make_cast(parts->dtype, sum->args[first ? 1 : 0], span)}, span));
    ir::Reduce reduce;
    reduce.op = reducer->second;
    reduce.src = ir::whole(parts);
    reduce.dst = ir::whole(target.buffer);
    reduce.dim = static_cast<int>(kept.size());
    reduce.clear = false;
    build_->after_nest.push_back(ir::make_stmt(std::move(reduce), span));
    return true;
}

}  // namespace tessera::tile::front
