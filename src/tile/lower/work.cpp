#include <tile/lower/work.h>

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <tile/pass/linear.h>

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

/// Grid variables by a block's number; the first of `order` runs fastest. `turns`: numbers begin anew after the last.
void decode_in_order(const ir::Launch& launch, const std::vector<int64_t>& grid, const std::vector<size_t>& order,
                     bool turns, LaunchPlan& plan) {
    int64_t below = 1;
    for (size_t i = 0; i < order.size(); ++i) {
        const size_t axis = order[i];
        Expr value = ir::make_var(plan.block);
        if (grid[axis] == 1) {
            value = number(0);
        } else {
            value = below == 1 ? value : ir::floordiv(value, number(below));
            bool last = true;
            for (size_t j = i + 1; j < order.size(); ++j) {
                last = last && grid[order[j]] == 1;
            }
            value = last && !turns ? value : ir::floormod(value, number(grid[axis]));
        }
        below *= grid[axis];
        plan.decode.emplace_back(launch.vars[axis], value);
    }
}

/// Panels of `height` blocks along the second axis, in which the second axis runs fastest.
void decode_panels(const ir::Launch& launch, const std::vector<int64_t>& grid, int64_t height, LaunchPlan& plan) {
    const int64_t plane = grid[0] * grid[1];
    const Expr block = ir::make_var(plan.block);
    const Expr in_plane = launch.vars.size() == 2 ? block : ir::floormod(block, number(plane));
    const Expr panel = ir::floordiv(in_plane, number(grid[0] * height));
    const Expr in_panel = ir::floormod(in_plane, number(grid[0] * height));
    const Expr rows = grid[1] % height == 0
                          ? number(height)
                          : ir::make(ir::Op::Min, {number(height), number(grid[1]) - panel * number(height)});
    plan.decode.emplace_back(launch.vars[0], ir::floordiv(in_panel, rows));
    plan.decode.emplace_back(launch.vars[1], panel * number(height) + ir::floormod(in_panel, rows));
    if (launch.vars.size() == 3) {
        plan.decode.emplace_back(launch.vars[2], ir::floordiv(block, number(plane)));
    }
}

/// The bits of the number are dealt to the first two axes in turn; both have the same power of two of blocks.
void decode_bits(const ir::Launch& launch, const std::vector<int64_t>& grid, LaunchPlan& plan) {
    const int64_t plane = grid[0] * grid[1];
    const Expr block = ir::make_var(plan.block);
    const Expr in_plane = launch.vars.size() == 2 ? block : ir::floormod(block, number(plane));
    for (size_t axis = 0; axis < 2; ++axis) {
        Expr value = number(0);
        for (int64_t bit = 1, at = axis == 0 ? 1 : 2; bit < grid[axis]; bit *= 2, at *= 4) {
            value = value + ir::floormod(ir::floordiv(in_plane, number(at)), number(2)) * number(bit);
        }
        plan.decode.emplace_back(launch.vars[axis], value);
    }
    if (launch.vars.size() == 3) {
        plan.decode.emplace_back(launch.vars[2], ir::floordiv(block, number(plane)));
    }
}

/// Blocks of the grid by number, in the order that the script asks for. False: reported.
bool decode_as_asked(const ir::Launch& launch, const std::vector<int64_t>& grid, const ir::ScheduleHints& hints,
                     bool turns, LaunchPlan& plan, Span span, Diagnostics& diagnostics) {
    std::vector<size_t> order(launch.vars.size());
    std::iota(order.begin(), order.end(), size_t{0});
    if (hints.order == "column_major") {
        std::reverse(order.begin(), order.end());
    }
    const bool planes = grid.size() >= 2;
    const bool squares = planes && grid[0] == grid[1] && (grid[0] & (grid[0] - 1)) == 0;
    if (hints.order == "z_order" && !squares) {
        diagnostics.error("tile-schedule", span, "z_order needs as many blocks along both axes, a power of two",
                          "use block_linear");
        return false;
    }
    if (hints.order == "z_order") {
        decode_bits(launch, grid, plan);
    } else if (hints.order == "block_linear" && planes) {
        const int64_t height = hints.block_linear > 0 ? hints.block_linear : 4;
        decode_panels(launch, grid, std::min(height, grid[1]), plan);
    } else {
        decode_in_order(launch, grid, order, turns, plan);
    }
    return true;
}

/// Core (x, y) has block (x, y) of each rectangle of blocks; its numbers are those of rectangles, in the order asked
/// for.
void deal_in_step(const ir::Launch& launch, const ir::ScheduleHints& hints, LaunchPlan& plan, device::Program& program,
                  Span span, Diagnostics& diagnostics) {
    const Rectangle& rectangle = plan.rectangle;
    std::vector<int64_t> rounds;
    int64_t below = 1;
    for (size_t axis = 0; axis < launch.vars.size(); ++axis) {
        rounds.push_back(program.grid[axis] / (axis == 0 ? rectangle.width : axis == 1 ? rectangle.height : 1));
        below *= rounds.back();
    }
    // One rectangle along an axis leaves nothing to order.
    ir::ScheduleHints left = hints;
    if (rounds.size() < 2 || rounds[0] == 1 || rounds[1] == 1) {
        left.order.reset();
    }
    if (!decode_as_asked(launch, rounds, left, true, plan, span, diagnostics)) {
        return;
    }
    for (auto& [var, value] : plan.decode) {
        for (size_t axis = 0; axis < 2; ++axis) {
            if (var == launch.vars[axis]) {
                value = value * number(axis == 0 ? rectangle.width : rectangle.height) +
                        ir::make_var(axis == 0 ? rectangle.core_x : rectangle.core_y);
            }
        }
        value = pass::simplified(value);
    }
    for (int64_t y = 0; y < rectangle.height; ++y) {
        for (int64_t x = 0; x < rectangle.width; ++x) {
            program.cores.push_back({static_cast<uint32_t>(x + rectangle.x), static_cast<uint32_t>(y + rectangle.y), 0,
                                     static_cast<uint32_t>(below)});
        }
    }
    for (const auto& [buffer, multicast] : rectangle.operands) {
        program.semaphores.push_back({multicast.ready, 0, buffer->name + ": cores that have room"});
        program.semaphores.push_back({multicast.valid, 0, buffer->name + ": the block has arrived"});
    }
    std::sort(program.semaphores.begin(), program.semaphores.end(),
              [](const device::Semaphore& a, const device::Semaphore& b) { return a.index < b.index; });
}

}  // namespace

int64_t cores_of(const ir::ScheduleHints& hints, const Options& options) {
    const arch::Chip& chip = arch::board(options.board).chips.front();
    uint32_t x = chip.compute_grid.x, y = chip.compute_grid.y;
    for (const Choices& choices : options.choices) {
        if (choices.grid) {
            x = std::min(x, choices.grid->first);
            y = std::min(y, choices.grid->second);
        }
    }
    const int64_t cores = int64_t{x} * y;
    return std::clamp<int64_t>(hints.cores.value_or(cores), 1, cores);
}

void split_work(const ir::Launch& launch, const ir::ScheduleHints& hints, const Choices& choices,
                const arch::Chip& chip, LaunchPlan& plan, device::Program& program, Span span,
                Diagnostics& diagnostics) {
    int64_t blocks = 1;
    for (const Expr& extent : launch.extents) {
        const auto known = ir::constant(extent);
        if (!known) {
            diagnostics.error("tile-grid", span, "the number of blocks is known at run time only",
                              "give the values of the script's dimensions with --arg");
            return;
        }
        program.grid.push_back(*known);
        blocks *= *known;
    }
    plan.start = make_var("start");
    plan.count = make_var("count");
    plan.block = make_var("block");

    const auto one_of = [&](const std::optional<std::string>& asked, std::initializer_list<const char*> there,
                            const char* what) {
        if (asked && std::none_of(there.begin(), there.end(), [&](const char* name) { return *asked == name; })) {
            diagnostics.error("tile-schedule", span, fmt::format("there is no schedule {} \"{}\"", what, *asked),
                              fmt::format("use one of: {}", fmt::join(there, ", ")));
        }
    };
    one_of(hints.policy, {"contiguous", "strided", "rect"}, "policy");
    one_of(hints.order, {"row_major", "column_major", "block_linear", "z_order"}, "order");

    const auto limit = [](uint32_t asked, uint32_t there) { return asked == 0 ? there : std::min(asked, there); };
    program.grid_x = limit(choices.grid ? choices.grid->first : 0, chip.compute_grid.x);
    program.grid_y = limit(choices.grid ? choices.grid->second : 0, chip.compute_grid.y);
    if (plan.rectangle.used()) {
        deal_in_step(launch, hints, plan, program, span, diagnostics);
        return;
    }

    if (!decode_as_asked(launch, program.grid, hints, false, plan, span, diagnostics)) {
        return;
    }

    int64_t cores = std::min<int64_t>(blocks, int64_t{program.grid_x} * program.grid_y);
    if (hints.cores) {
        cores = std::clamp<int64_t>(*hints.cores, 1, cores);
    }
    const bool strided = hints.policy ? *hints.policy == "strided" : hints.stride.has_value();
    int64_t first = 0;
    if (hints.stride && !strided) {
        diagnostics.error("tile-schedule", span,
                          "stride= says how far apart the blocks of a core are, and policy= is not "
                          "\"strided\"",
                          "use policy=\"strided\"");
        return;
    }
    if (hints.rect) {
        diagnostics.error("tile-schedule", span, "rect= names a rectangle of cores, and policy= is not \"rect\"",
                          "use policy=\"rect\"");
        return;
    }
    if (hints.stride) {
        const int64_t step = hints.stride->second;
        first = hints.stride->first;
        if (step < 1 || first < 0 || first >= step || step > int64_t{program.grid_x} * program.grid_y) {
            diagnostics.error(
                "tile-schedule", span,
                fmt::format("stride=({}, {}) deals blocks to {} cores, of which the first begins with block "
                            "{}, and there are {} cores",
                            first, step, step, first, int64_t{program.grid_x} * program.grid_y),
                "stride= is (first block, cores)");
            return;
        }
        cores = std::min(step, std::max<int64_t>(blocks, 1));
        first = first < cores ? first : 0;
    }
    plan.step = strided ? std::max<int64_t>(cores, 1) : 1;
    const int64_t each = cores == 0 ? 0 : blocks / cores, more = cores == 0 ? 0 : blocks % cores;
    int64_t start = 0;
    for (int64_t i = 0; i < cores; ++i) {
        const int64_t turn = strided ? (i + first) % cores : i;
        const int64_t count = each + (turn < more ? 1 : 0);
        start = strided ? turn : start;
        program.cores.push_back({static_cast<uint32_t>(i % program.grid_x), static_cast<uint32_t>(i / program.grid_x),
                                 static_cast<uint32_t>(start), static_cast<uint32_t>(count)});
        start += count;
    }
}

}  // namespace tessera::tile::lower
