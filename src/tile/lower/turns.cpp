#include <tile/lower/turns.h>

#include <functional>

namespace tessera::tile::lower {

namespace {

using ir::Expr;
using ir::Var;

Expr number(int64_t value) {
    return ir::make_int(value);
}

Var make_var(const char* name) {
    return std::make_shared<const ir::VarNode>(ir::VarNode{name, ir::DType::Int32});
}

}  // namespace

Turns plan_turns(const ir::Launch& launch, device::Program& program) {
    Turns turns;
    bool any = false;
    ir::walk_statements(launch.body, [&](const ir::Stmt& stmt) {
        const auto* copy = std::get_if<ir::Copy>(&stmt->of);
        any = any || (copy != nullptr && copy->turn != ir::Turn::None);
    });
    if (!any) {
        return turns;
    }
    turns.lanes = launch.in_turns ? ir::constant(launch.extents[0]).value_or(1) : 1;
    turns.semaphore = static_cast<uint32_t>(program.semaphores.size());
    program.semaphores.push_back({turns.semaphore, 0, "turns that the core before has done"});
    if (turns.lanes > 1) {
        turns.ended = static_cast<uint32_t>(program.semaphores.size());
        program.semaphores.push_back({turns.ended, 0, "cores before, one after the other, that take no more turns"});
    }
    turns.next_x = make_var("next_x");
    turns.next_y = make_var("next_y");
    turns.ahead = make_var("ahead");
    turns.cores = program.cores;
    return turns;
}

device::Node take_turn(const Turns& turns, const Var& taken, Span span) {
    const Expr before = turns.lanes > 1 ? ir::make_var(taken) + ir::make_var(turns.ahead) : ir::make_var(taken);
    return call("take_turn", {number(turns.semaphore), before}, span);
}

device::Node pass_turn(const Turns& turns, Span span) {
    return call("pass_turn", {ir::make_var(turns.next_x), ir::make_var(turns.next_y), number(turns.semaphore)}, span);
}

device::Node relay_turns(const Turns& turns, const Var& taken) {
    return call("relay_turns",
                {ir::make_var(turns.next_x), ir::make_var(turns.next_y), number(turns.semaphore), number(turns.ended),
                 ir::make_var(taken) + ir::make_var(turns.ahead), number(turns.lanes)});
}

std::vector<std::pair<Var, device::RuntimeArgument>> turn_arguments(const Turns& turns, const arch::Chip& chip) {
    std::vector<std::pair<Var, device::RuntimeArgument>> arguments;
    const auto lanes = static_cast<size_t>(turns.lanes);
    const auto next = [&](size_t core) {
        const size_t at = core / lanes * lanes + (core + 1) % lanes;
        const device::CoreWork& work = turns.cores.at(at);
        return chip.worker_virtual.at(work.y * chip.compute_grid.x + work.x);
    };
    const auto add = [&](const Var& var, const std::function<uint32_t(size_t)>& value) {
        device::RuntimeArgument argument{device::RuntimeArgument::Meaning::CoreValue, var->name, {}, {}};
        for (size_t core = 0; core < turns.cores.size(); ++core) {
            argument.values.push_back(value(core));
        }
        arguments.emplace_back(var, std::move(argument));
    };
    add(turns.next_x, [&](size_t core) { return static_cast<uint32_t>(next(core).x); });
    add(turns.next_y, [&](size_t core) { return static_cast<uint32_t>(next(core).y); });
    add(turns.ahead, [&](size_t core) { return core % lanes == 0 ? 0U : 1U; });
    return arguments;
}

}  // namespace tessera::tile::lower
