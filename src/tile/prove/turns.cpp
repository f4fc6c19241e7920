// Of cores that update tensors in turns: whether the turn goes round. See progress.h for why this is enough.
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <tile/prove/code.h>
#include <tile/prove/progress.h>

namespace tessera::tile::prove {
namespace {

using device::Call;

/// The values of an argument by core; null if the kernel has none of that name.
const std::vector<uint32_t>* values_of(const device::KernelCode& kernel, const ir::Var& var) {
    for (const device::RuntimeArgument& argument : kernel.runtime_arguments) {
        if (argument.name == var->name && argument.meaning == device::RuntimeArgument::Meaning::CoreValue) {
            return &argument.values;
        }
    }
    return nullptr;
}

ir::Var variable(const Call& made, size_t i) {
    const auto* expr = i < made.arguments.size() ? std::get_if<ir::Expr>(&made.arguments[i]) : nullptr;
    ir::Var found;
    if (expr != nullptr) {
        ir::walk(*expr, [&](const ir::Expr& node) { found = node->op == ir::Op::Var ? node->var : found; });
    }
    return found;
}

}  // namespace

std::optional<Verdict> turns(const device::Program& program, const arch::Chip& chip) {
    const auto verdict = [&](Verdict::Kind kind, std::string what, Span span = {}) {
        return Verdict{kind, Property::Progress, program.name, std::move(what), span, {}};
    };
    const size_t count = program.cores.size();
    std::vector<uint32_t> x, y, ahead(count, 0);
    std::set<int64_t> used;
    bool takes = false, closes = false;
    for (const device::KernelCode& kernel : program.kernels) {
        each(kernel.body, [&](const device::Node& node) {
            const auto* call = std::get_if<Call>(&node->of);
            if (call == nullptr) {
                return;
            }
            const Call& made = *call;
            const bool take = made.function == "take_turn", relays = made.function == "relay_turns";
            if (!take && !relays && made.function != "pass_turn") {
                return;
            }
            takes = takes || take;
            closes = closes || relays;
            const auto* semaphore = std::get_if<ir::Expr>(&made.arguments.at(take ? 0 : 2));
            used.insert(semaphore == nullptr ? -1 : ir::constant(*semaphore).value_or(-1));
            if (take) {
                // The number of turns taken, and perhaps one more.
                const auto* expr = std::get_if<ir::Expr>(&made.arguments.at(1));
                ir::walk(*expr, [&](const ir::Expr& node) {
                    const auto* values = node->op == ir::Op::Var ? values_of(kernel, node->var) : nullptr;
                    ahead = values == nullptr ? ahead : *values;
                });
                return;
            }
            const ir::Var to_x = variable(made, 0), to_y = variable(made, 1);
            const auto* xs = to_x ? values_of(kernel, to_x) : nullptr;
            const auto* ys = to_y ? values_of(kernel, to_y) : nullptr;
            x = xs == nullptr ? x : *xs;
            y = ys == nullptr ? y : *ys;
        });
    }
    if (!takes) {
        return std::nullopt;
    }
    if (used.size() != 1 || x.size() != count || y.size() != count || ahead.size() != count) {
        return verdict(Verdict::Kind::NotProved, "whose turn it is, is not told in the way that is known here");
    }
    for (const device::Semaphore& semaphore : program.semaphores) {
        if (semaphore.index == *used.begin() && semaphore.initial != 0) {
            return verdict(Verdict::Kind::Refuted, fmt::format("semaphore {}, which counts turns, begins at {}",
                                                               semaphore.index, semaphore.initial));
        }
    }
    std::map<std::pair<uint32_t, uint32_t>, size_t> places;
    for (size_t core = 0; core < count; ++core) {
        const auto at = chip.worker_virtual.at(program.cores[core].y * chip.compute_grid.x + program.cores[core].x);
        places[{static_cast<uint32_t>(at.x), static_cast<uint32_t>(at.y)}] = core;
    }
    std::vector<bool> seen(count, false);
    size_t rings = 0;
    for (size_t first = 0; first < count; ++first) {
        if (seen[first]) {
            continue;
        }
        ++rings;
        size_t firsts = 0, core = first, length = 0;
        do {
            const auto next = places.find({x[core], y[core]});
            if (seen[core] || next == places.end()) {
                return verdict(Verdict::Kind::Refuted,
                               fmt::format("core ({}, {}) passes its turn to a core that does not wait for it",
                                           program.cores[core].x, program.cores[core].y));
            }
            seen[core] = true;
            firsts += ahead[core] == 0 ? 1 : 0;
            ++length;
            core = next->second;
        } while (core != first);
        if (length > 1 && !closes) {
            return verdict(Verdict::Kind::Refuted,
                           fmt::format("core ({}, {}) may wait for a turn of one that takes no more",
                                       program.cores[first].x, program.cores[first].y));
        }
        if (firsts != 1) {
            return verdict(Verdict::Kind::Refuted,
                           fmt::format("of the {} cores that take turns with core ({}, {}), {} begin", length,
                                       program.cores[first].x, program.cores[first].y, firsts));
        }
    }
    return verdict(Verdict::Kind::Proved, fmt::format("cores take turns in {} ring{}, each of which one core begins",
                                                      rings, rings == 1 ? "" : "s"));
}

}  // namespace tessera::tile::prove
