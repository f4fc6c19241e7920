// Whether the blocks of a grid are dealt to cores so that each is done once.
//
// A block's number falls into digits, x / a % b, and so do the places along the grid's axes, which are sums of digits.
// If the digits of every number are all there once, and the factors in every sum are those of a number system too, the
// way from numbers to places can be gone back: it meets every block, and none twice.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <tile/pass/linear.h>
#include <tile/prove/ranges.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile::prove {
namespace {

using ir::Expr;
using ir::Op;

constexpr int64_t most_blocks = 16384;  ///< that are gone through one by one

/// variable / over % size
struct Digit {
    ir::Var var;
    int64_t over = 1, size = 0;
};

std::optional<Digit> digit_of(const Expr& expr, const std::map<ir::Var, int64_t>& extents) {
    Digit digit;
    Expr inner = expr;
    if (inner->op == Op::FloorMod) {
        const auto by = ir::constant(inner->args[1]);
        if (!by || *by <= 0) {
            return std::nullopt;
        }
        digit.size = *by;
        inner = inner->args[0];
    }
    if (inner->op == Op::FloorDiv) {
        const auto by = ir::constant(inner->args[1]);
        if (!by || *by <= 0) {
            return std::nullopt;
        }
        digit.over = *by;
        inner = inner->args[0];
    }
    const auto at = inner->op == Op::Var ? extents.find(inner->var) : extents.end();
    if (at == extents.end()) {
        return std::nullopt;
    }
    digit.var = inner->var;
    const int64_t left = (at->second + digit.over - 1) / digit.over;
    digit.size = digit.size == 0 ? left : std::min(digit.size, left);
    return digit;
}

/// Whether factors and sizes, in pairs, are those of a number system with so many numbers.
bool is_system(std::vector<std::pair<int64_t, int64_t>> digits, int64_t numbers) {
    std::sort(digits.begin(), digits.end());
    int64_t next = 1;
    for (const auto& [factor, size] : digits) {
        if (size == 1) {
            continue;
        }
        if (factor != next) {
            return false;
        }
        next *= size;
    }
    return next == numbers;
}

bool by_digits(const device::Program& program, const std::map<ir::Var, int64_t>& extents) {
    std::map<ir::Var, std::vector<std::pair<int64_t, int64_t>>> used;
    for (size_t axis = 0; axis < program.order.place.size(); ++axis) {
        const pass::Linear sum = pass::linear(program.order.place[axis].second);
        std::vector<std::pair<int64_t, int64_t>> digits;
        for (const auto& [atom, factor] : sum.terms) {
            const auto digit = digit_of(atom, extents);
            if (!digit) {
                return false;
            }
            digits.emplace_back(factor, digit->size);
            used[digit->var].emplace_back(digit->over, digit->size);
        }
        if (sum.constant != 0 || !is_system(std::move(digits), program.grid[axis])) {
            return false;
        }
    }
    return std::all_of(extents.begin(), extents.end(),
                       [&](const auto& one) { return is_system(used[one.first], one.second); });
}

std::string place_of(const std::vector<int64_t>& at) {
    return fmt::format("({})", fmt::join(at, ", "));
}

}  // namespace

Verdict work(const device::Program& program) {
    Verdict verdict{Verdict::Kind::Proved, Property::Work, program.name, {}, {}, {}};
    const auto refute = [&](std::string what, std::vector<std::string> trace = {}) {
        verdict.kind = Verdict::Kind::Refuted;
        verdict.what = std::move(what);
        verdict.trace = std::move(trace);
        return verdict;
    };
    int64_t blocks = 1;
    for (const int64_t extent : program.grid) {
        blocks *= extent;
    }
    if (program.order.place.size() != program.grid.size() || program.order.number == nullptr) {
        return refute("it is not said which block a number means");
    }
    std::set<std::pair<uint32_t, uint32_t>> there;
    for (const device::CoreWork& core : program.cores) {
        if (!there.emplace(core.x, core.y).second) {
            return refute(fmt::format("core ({}, {}) has two pieces of work", core.x, core.y));
        }
        if (core.x >= program.grid_x || core.y >= program.grid_y) {
            return refute(fmt::format("core ({}, {}) lies outside of the {} x {} cores that there are", core.x, core.y,
                                      program.grid_x, program.grid_y));
        }
    }
    // The numbers that a core has, in a row of all cores', or of cores in step: each has the same numbers.
    std::map<ir::Var, int64_t> extents;
    const bool in_step = program.order.core_x != nullptr;
    int64_t width = 1, height = 1;
    if (in_step) {
        uint32_t x0 = UINT32_MAX, y0 = UINT32_MAX, x1 = 0, y1 = 0;
        for (const device::CoreWork& core : program.cores) {
            x0 = std::min(x0, core.x);
            y0 = std::min(y0, core.y);
            x1 = std::max(x1, core.x);
            y1 = std::max(y1, core.y);
        }
        width = int64_t{x1} - x0 + 1;
        height = int64_t{y1} - y0 + 1;
        const int64_t each = blocks / (width * height);
        for (const device::CoreWork& core : program.cores) {
            if (core.start != 0 || core.count != each) {
                return refute(
                    fmt::format("core ({}, {}) has blocks {} to {}, and each core of the rectangle should do "
                                "{} from 0 on",
                                core.x, core.y, core.start, core.start + core.count, each));
            }
        }
        if (static_cast<int64_t>(program.cores.size()) != width * height) {
            return refute(fmt::format("{} cores are no rectangle of {} x {}", program.cores.size(), width, height));
        }
        extents = {{program.order.number, each}, {program.order.core_x, width}, {program.order.core_y, height}};
    } else {
        const int64_t step = program.order.step;
        // By remainder of the step: first and last number, and who has them.
        std::map<int64_t, std::vector<std::array<int64_t, 3>>> runs;
        for (size_t i = 0; i < program.cores.size(); ++i) {
            const device::CoreWork& core = program.cores[i];
            if (core.count > 0) {
                const int64_t last = core.start + (int64_t{core.count} - 1) * step;
                runs[core.start % step].push_back({core.start, last, static_cast<int64_t>(i)});
            }
        }
        const auto name = [&](int64_t core) {
            return fmt::format("core ({}, {})", program.cores[static_cast<size_t>(core)].x,
                               program.cores[static_cast<size_t>(core)].y);
        };
        for (int64_t rest = 0; rest < std::min(step, blocks); ++rest) {
            std::vector<std::array<int64_t, 3>>& run = runs[rest];
            std::sort(run.begin(), run.end());
            int64_t next = rest, before = -1;
            for (const auto& [first, last, core] : run) {
                if (first > next) {
                    return refute(fmt::format("no core does block number {}", next));
                }
                if (first < next) {
                    return refute(fmt::format("two cores do block number {}", first), {name(before), name(core)});
                }
                next = last + step;
                before = core;
            }
            if (next < blocks) {
                return refute(fmt::format("no core does block number {}", next));
            }
            if (before >= 0 && next - step >= blocks) {
                return refute(
                    fmt::format("{} does block number {}, and the grid has {}", name(before), next - step, blocks));
            }
        }
        extents = {{program.order.number, blocks}};
    }
    if (by_digits(program, extents)) {
        verdict.what = fmt::format("{} blocks on {} cores, each block once: the order is a number system", blocks,
                                   program.cores.size());
        return verdict;
    }
    if (blocks > most_blocks) {
        verdict.kind = Verdict::Kind::NotProved;
        verdict.what =
            fmt::format("the order of {} blocks is no number system, and they are too many to look at each", blocks);
        return verdict;
    }
    std::map<std::vector<int64_t>, int64_t> seen;
    int64_t number = 0;
    for (int64_t y = 0; y < height; ++y) {
        for (int64_t x = 0; x < width; ++x) {
            for (int64_t i = 0; i < extents.at(program.order.number); ++i, ++number) {
                Ranges known;
                known.set(program.order.number, {i, i});
                if (in_step) {
                    known.set(program.order.core_x, {x, x});
                    known.set(program.order.core_y, {y, y});
                }
                std::vector<int64_t> at;
                for (const auto& [var, value] : program.order.place) {
                    const Range range = known.of(value);
                    if (range.low != range.high) {
                        verdict.kind = Verdict::Kind::NotProved;
                        verdict.what = fmt::format("where block number {} lies along {} is not known", i, var->name);
                        return verdict;
                    }
                    at.push_back(range.low);
                }
                for (size_t axis = 0; axis < at.size(); ++axis) {
                    if (at[axis] < 0 || at[axis] >= program.grid[axis]) {
                        return refute(
                            fmt::format("number {} means block {}, which is not in the grid", number, place_of(at)));
                    }
                }
                if (const auto [before, fresh] = seen.emplace(at, number); !fresh) {
                    return refute(
                        fmt::format("numbers {} and {} both mean block {}", before->second, number, place_of(at)));
                }
            }
        }
    }
    verdict.what =
        fmt::format("{} blocks on {} cores, each block once: all were looked at", blocks, program.cores.size());
    return verdict;
}

}  // namespace tessera::tile::prove
