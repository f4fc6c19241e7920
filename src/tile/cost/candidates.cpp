#include <tile/cost/candidates.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include <arch/arch.h>
#include <fmt/format.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower/compute.h>
#include <tile/lower/work.h>
#include <tile/pass/atomics.h>
#include <tile/pass/coarsen.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::cost {

namespace {

using lower::Choices;

/// Numbers that divide `of`, from 1 on, as long as they are powers of two or leave little.
std::vector<int64_t> factors(int64_t of, int64_t most) {
    std::vector<int64_t> all;
    for (int64_t factor = 1; factor <= std::min(of, most); ++factor) {
        const bool power = (factor & (factor - 1)) == 0;
        if (of % factor == 0 || (power && factor < of)) {
            all.push_back(factor);
        }
    }
    return all;
}

Space space_of(const ir::Launch& launch, const Choices& set) {
    Space space;
    const auto has = [&](auto wanted) {
        bool found = false;
        ir::walk_statements(launch.body, [&](const ir::Stmt& stmt) { found = found || wanted(*stmt); });
        return found;
    };
    const bool products = has([](const ir::StmtNode& stmt) { return std::holds_alternative<ir::Gemm>(stmt.of); });
    for (size_t axis = 0; axis < launch.vars.size(); ++axis) {
        const int64_t blocks = ir::constant(launch.extents[axis]).value_or(1);
        std::vector<int64_t> along;
        if (set.blocks_along(axis) == 0 && blocks > 1 && pass::analyse_axis(launch, axis).mergeable) {
            along = factors(blocks, 16);
        }
        space.blocks.push_back(std::move(along));
    }
    if (!set.k) {
        std::set<int64_t> common;
        bool first = true;
        for (const auto& [loop, axis] : pass::mergeable_loops(launch)) {
            const int64_t turns = ir::constant(loop->end).value_or(1);
            std::set<int64_t> divisors;
            for (int64_t factor = 1; factor <= turns; ++factor) {
                if (turns % factor == 0 && (first || common.contains(factor))) {
                    divisors.insert(factor);
                }
            }
            common = std::move(divisors);
            first = false;
        }
        space.k.assign(common.begin(), common.end());
    }
    if (!set.depth && has([](const ir::StmtNode& stmt) { return std::holds_alternative<ir::For>(stmt.of); })) {
        space.depth = {2, 3, 1};
    }
    if (!set.multicast && launch.vars.size() >= 2) {
        using enum lower::MulticastFamily;
        space.multicast = {Both, In0, In1, None};
    }
    if (!set.subblock && products) {
        // Which of them divide the block is seen when it is lowered.
        space.subblock = {{1, 1}, {1, 2}, {2, 1}, {1, 4}, {2, 2}, {4, 1}, {1, 8}, {2, 4}, {4, 2}, {8, 1}};
    }
    return space;
}

class Search {
public:
    Search(const ir::Kernel& kernel, const lower::Options& options) : kernel_(kernel), options_(options) {
        options_.dump = nullptr;
        options_.prove = false;
        for (const ir::Stmt& stmt : kernel.body) {
            launches_ += std::holds_alternative<ir::Launch>(stmt->of) ? 1 : 0;
        }
        start_.resize(launches_);
        for (size_t launch = 0; launch < launches_; ++launch) {
            start_[launch] = lower::choices_of(options.choices, launch);
        }
    }

    const std::vector<Choices>& start() const { return start_; }

    /// Index of the candidate with these choices.
    size_t look(const std::vector<Choices>& choices) {
        const std::string name = lower::to_text(choices);
        const auto [known, fresh] = known_.emplace(name, all_.size());
        if (!fresh) {
            return known->second;
        }
        options_.choices = choices;
        Candidate candidate;
        candidate.choices = choices;
        Diagnostics diagnostics;
        device::Module module = lower::lower_as_chosen(kernel_, options_, diagnostics);
        if (diagnostics.failed()) {
            for (const Diagnostic& diagnostic : diagnostics.all()) {
                if (diagnostic.severity == Diagnostic::Severity::Error) {
                    candidate.rejected = diagnostic.message;
                    break;
                }
            }
        } else {
            candidate.estimate = estimate(module);
            for (const device::Program& program : module.programs) {
                candidate.taken.push_back(program.choices);
            }
        }
        all_.push_back(std::move(candidate));
        return all_.size() - 1;
    }

    const Candidate& at(size_t index) const { return all_[index]; }
    bool better(size_t a, size_t b) const {
        return all_[a].rejected.empty() &&
               (!all_[b].rejected.empty() || all_[a].estimate.cycles < 0.99 * all_[b].estimate.cycles);
    }

    /// Sorted, without those that came to the same.
    std::vector<Candidate> take(std::optional<size_t> first = std::nullopt) {
        std::vector<size_t> order(all_.size());
        std::iota(order.begin(), order.end(), size_t{0});
        // Of equal ones the one that was looked at first.
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
            const auto rank = [&](size_t index) {
                const Candidate& candidate = all_[index];
                return std::tuple(first != index, !candidate.rejected.empty(), candidate.estimate.cycles, index);
            };
            return rank(a) < rank(b);
        });
        std::vector<Candidate> result;
        std::set<std::string> seen;
        for (const size_t index : order) {
            Candidate& candidate = all_[index];
            const bool had = candidate.rejected.empty();
            if (seen.insert(lower::to_text(had ? candidate.taken : candidate.choices)).second) {
                result.push_back(std::move(candidate));
            }
        }
        return result;
    }

private:
    const ir::Kernel& kernel_;
    lower::Options options_;
    size_t launches_ = 0;
    std::vector<Choices> start_;
    std::vector<Candidate> all_;
    std::map<std::string, size_t> known_;
};

Choices with_blocks(Choices choices, size_t axis, int64_t factor) {
    if (choices.blocks.size() <= axis) {
        choices.blocks.resize(axis + 1);
    }
    choices.blocks[axis] = factor;
    return choices;
}

}  // namespace

std::vector<Space> spaces(const ir::Kernel& kernel, const lower::Options& options) {
    Diagnostics unheard;
    ir::Kernel prepared = pass::normalise(kernel, unheard);
    if (!unheard.failed()) {
        prepared = pass::own_atomics(prepared, lower::cores_of(prepared.schedule, options), unheard);
    }
    if (!unheard.failed()) {
        prepared = pass::coarsen(prepared, {}, unheard);
    }
    std::vector<Space> all;
    for (const ir::Stmt& stmt : prepared.body) {
        if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
            all.push_back(unheard.failed() ? Space{}
                                           : space_of(*launch, lower::choices_of(options.choices, all.size())));
        }
    }
    return all;
}

std::vector<Candidate> candidates(const ir::Kernel& kernel, const lower::Options& options, size_t most) {
    Search search(kernel, options);
    const std::vector<Space> all = spaces(kernel, options);
    size_t had = 0;
    const auto look = [&](const std::vector<Choices>& choices) {
        if (had < most && search.at(search.look(choices)).rejected.empty()) {
            ++had;
        }
    };
    look(search.start());
    for (size_t launch = 0; launch < all.size(); ++launch) {
        const Space& space = all[launch];
        const Choices start = search.start()[launch];
        std::vector<Choices> combined = {start};
        const auto each = [&](const auto& values, const auto& set) {
            if (values.empty()) {
                return;
            }
            std::vector<Choices> more;
            more.reserve(combined.size() * values.size());
            for (const Choices& one : combined) {
                for (const auto& value : values) {
                    more.push_back(set(one, value));
                }
            }
            combined = std::move(more);
        };
        const auto member = [](auto field) {
            return [field](Choices one, const auto& value) {
                one.*field = value;
                return one;
            };
        };
        for (size_t axis = 0; axis < space.blocks.size(); ++axis) {
            each(space.blocks[axis],
                 [axis](const Choices& one, int64_t factor) { return with_blocks(one, axis, factor); });
        }
        each(space.k, member(&Choices::k));
        each(space.multicast, member(&Choices::multicast));
        each(space.depth, member(&Choices::depth));
        for (const Choices& one : combined) {
            std::vector<Choices> choices = search.start();
            choices[launch] = one;
            look(choices);
            for (const auto& subblock : space.subblock) {
                choices[launch].subblock = subblock;
                look(choices);
            }
        }
    }
    return search.take();
}

std::vector<Candidate> choose(const ir::Kernel& kernel, const lower::Options& options) {
    Search search(kernel, options);
    std::vector<Choices> best = search.start();
    size_t at = search.look(best);
    const std::vector<Space> all = spaces(kernel, options);
    // A script that says which blocks a core has means its own.
    const ir::ScheduleHints& hints = kernel.schedule;
    const bool dealt = hints.policy || hints.order || hints.stride || hints.rect || hints.cores || hints.grid;
    for (size_t launch = 0; launch < all.size(); ++launch) {
        const Space& space = all[launch];
        const auto attempt = [&](const Choices& changed) {
            std::vector<Choices> choices = best;
            choices[launch] = changed;
            const size_t found = search.look(choices);
            const bool taken = search.better(found, at);
            if (taken) {
                best = choices;
                at = found;
            }
            return taken;
        };
        if (space.k.empty()) {
            continue;  // there is nothing to be gained by larger blocks but for products
        }
        const auto turns = [&](bool more) {
            const int64_t now = best[launch].k.value_or(1);
            const auto above = std::upper_bound(space.k.begin(), space.k.end(), now);
            const auto below = std::lower_bound(space.k.begin(), space.k.end(), now);
            return more ? (above == space.k.end() ? now : *above) : (below == space.k.begin() ? now : *(below - 1));
        };
        const auto with_turns = [](Choices choices, int64_t k) {
            choices.k = k;
            return choices;
        };
        // How often a core waits for operands comes first, all else depends on it.
        const auto merge_turns = [&] {
            bool any = false;
            for (int64_t k = turns(true); k > best[launch].k.value_or(1); k = turns(true)) {
                if (!attempt(with_turns(best[launch], k))) {
                    break;
                }
                any = true;
            }
            return any;
        };
        merge_turns();
        for (bool changed = !dealt; changed;) {
            changed = false;
            for (size_t axis = 0; axis < space.blocks.size(); ++axis) {
                const int64_t now = std::max<int64_t>(best[launch].blocks_along(axis), 1);
                const auto next = std::upper_bound(space.blocks[axis].begin(), space.blocks[axis].end(), now);
                if (next == space.blocks[axis].end()) {
                    continue;
                }
                // As deep as before, or with blocks of K that take no more room.
                const Choices larger = with_blocks(best[launch], axis, *next);
                changed = attempt(larger) || attempt(with_turns(larger, turns(false))) || changed;
            }
        }
        merge_turns();
        const std::vector<Choices>& taken = search.at(at).taken;
        const auto subblock = launch < taken.size() ? taken[launch].subblock : std::nullopt;
        if (subblock && !best[launch].subblock && subblock->first != subblock->second) {
            Choices turned = best[launch];
            turned.subblock = {subblock->second, subblock->first};
            attempt(turned);
        }
    }
    return search.take(at);
}

}  // namespace tessera::tile::cost
