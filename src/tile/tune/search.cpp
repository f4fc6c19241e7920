#include <tile/tune/search.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include <arch/arch.h>
#include <tile/cost/candidates.h>
#include <tile/explain/account.h>
#include <tile/ir/diagnostics.h>

namespace tessera::tile::tune {

namespace {

using lower::Choices;

/// How many of the best are gone out from.
constexpr size_t most_expanded = 12;

Option finished(device::Module module, const Diagnostics& diagnostics, const lower::Options& options) {
    Option option;
    if (diagnostics.failed()) {
        option.choices = options.choices;
        for (const Diagnostic& diagnostic : diagnostics.all()) {
            if (diagnostic.severity == Diagnostic::Severity::Error) {
                option.rejected = diagnostic.message;
                break;
            }
        }
        return option;
    }
    const arch::Chip& chip = arch::board(options.board).chips.front();
    option.estimate = cost::estimate(module);
    for (const device::Program& program : module.programs) {
        option.choices.push_back(program.choices);
        const explain::Account counted = explain::account(program, module);
        // What is not exact may be too much.
        option.bound += counted.inexact.empty() ? explain::bounds(counted, program, chip).of() : 0;
    }
    option.module = std::move(module);
    return option;
}

class Walk {
public:
    Walk(const ir::Kernel& kernel, const lower::Options& options, const Limits& limits)
        : kernel_(kernel),
          options_(options),
          asked_(options.choices),
          limits_(limits),
          spaces_(cost::spaces(kernel, options)) {
        options_.dump = nullptr;
    }

    std::vector<Option> go() {
        found_.push_back(option_of(kernel_, options_));
        ++looked_at_;
        if (!found_.front().rejected.empty()) {
            return std::move(found_);
        }
        seen_.insert(lower::to_text(found_.front().choices));
        for (size_t turn = 0; turn < most_expanded && looked_at_ < limits_.looked_at; ++turn) {
            const auto next = best_unexpanded();
            if (next == found_.size()) {
                break;
            }
            expanded_.insert(next);
            expand(found_[next].choices);
        }
        std::vector<size_t> order(found_.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank(a) < rank(b); });
        std::vector<Option> sorted;
        sorted.reserve(order.size());
        for (const size_t index : order) {
            sorted.push_back(std::move(found_[index]));
        }
        return sorted;
    }

private:
    const ir::Kernel& kernel_;
    lower::Options options_;
    const std::vector<Choices> asked_;
    const Limits& limits_;
    std::vector<cost::Space> spaces_;
    std::vector<Option> found_;
    std::set<size_t> expanded_;
    std::set<std::string> seen_;
    size_t looked_at_ = 0;

    std::tuple<bool, bool, double, size_t> rank(size_t index) const {
        const Option& option = found_[index];
        return {index != 0, !option.rejected.empty(), option.estimate.cycles, index};
    }

    size_t best_unexpanded() const {
        size_t best = found_.size();
        for (size_t i = 0; i < found_.size(); ++i) {
            if (found_[i].rejected.empty() && !expanded_.contains(i) &&
                (best == found_.size() || found_[i].estimate.cycles < found_[best].estimate.cycles)) {
                best = i;
            }
        }
        return best;
    }

    void look(std::vector<Choices> choices) {
        if (looked_at_ >= limits_.looked_at || !seen_.insert(lower::to_text(choices)).second) {
            return;
        }
        ++looked_at_;
        options_.choices = std::move(choices);
        Diagnostics diagnostics;
        device::Module module = lower::lower_as_chosen(kernel_, options_, diagnostics);
        Option option = finished(std::move(module), diagnostics, options_);
        // What was asked for may come to what another came to.
        if (option.rejected.empty() && lower::to_text(option.choices) != lower::to_text(options_.choices) &&
            !seen_.insert(lower::to_text(option.choices)).second) {
            return;
        }
        found_.push_back(std::move(option));
    }

    /// `from` is a copy: what is found moves what it was taken from.
    void expand(const std::vector<Choices> from) {
        for (size_t launch = 0; launch < from.size() && launch < spaces_.size(); ++launch) {
            const cost::Space& space = spaces_[launch];
            const auto change = [&](const auto& set) {
                std::vector<Choices> choices = from;
                // The subblock and the cores are those of the block as it was.
                choices[launch].subblock.reset();
                choices[launch].grid = lower::choices_of(asked_, launch).grid;
                set(choices[launch]);
                look(std::move(choices));
            };
            for (const int64_t k : space.k) {
                change([&](Choices& one) { one.k = k; });
            }
            for (size_t axis = 0; axis < space.blocks.size(); ++axis) {
                for (const int64_t factor : space.blocks[axis]) {
                    change([&](Choices& one) {
                        one.blocks.resize(std::max(one.blocks.size(), axis + 1));
                        one.blocks[axis] = factor;
                    });
                }
            }
            for (const auto& family : space.multicast) {
                change([&](Choices& one) { one.multicast = family; });
            }
            for (const int64_t depth : space.depth) {
                change([&](Choices& one) { one.depth = depth; });
            }
            for (const auto& subblock : space.subblock) {
                change([&](Choices& one) { one.subblock = subblock; });
            }
            const Choices asked = lower::choices_of(asked_, launch);
            if (!asked.fidelity && from[launch].fidelity) {
                for (const std::string& fidelity : limits_.fidelities) {
                    change([&](Choices& one) { one.fidelity = fidelity; });
                }
            }
            if (!asked.l1_accumulate && from[launch].l1_accumulate) {
                change([&](Choices& one) { one.l1_accumulate = !*from[launch].l1_accumulate; });
            }
            if (!asked.grid) {
                const arch::Coord whole = arch::board(options_.board).chips.front().compute_grid;
                for (const auto& [x, y] : {std::pair{whole.x, whole.y / 2}, {whole.x / 2, +whole.y}}) {
                    change([&, x = x, y = y](Choices& one) { one.grid = std::pair<uint32_t, uint32_t>(x, y); });
                }
            }
        }
    }
};

}  // namespace

Option option_of(const ir::Kernel& kernel, const lower::Options& options) {
    Diagnostics diagnostics;
    lower::Options quiet = options;
    quiet.dump = nullptr;
    device::Module module = lower::lower(kernel, quiet, diagnostics);
    return finished(std::move(module), diagnostics, quiet);
}

std::vector<Option> search(const ir::Kernel& kernel, const lower::Options& options, const Limits& limits) {
    return Walk(kernel, options, limits).go();
}

}  // namespace tessera::tile::tune
