#include <tile/lower/multicast.h>

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>
#include <tile/lower/liveness.h>
#include <tile/pass/normalise.h>

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

int64_t largest_divisor(int64_t of, int64_t limit) {
    for (int64_t divisor = std::min(of, limit); divisor > 1; --divisor) {
        if (of % divisor == 0) {
            return divisor;
        }
    }
    return 1;
}

/// Which loads do not depend on one axis: neither what they read nor whether and when they are done.
class Sharing {
public:
    Sharing(const ir::Launch& launch, size_t axis) : axis_(launch.vars[axis]) { visit(launch.body, true); }
    bool shared(const ir::Buffer& buffer) const { return found_.contains(buffer) && !spoiled_.contains(buffer); }

private:
    Var axis_;
    std::set<ir::Buffer> found_, spoiled_;
    std::set<Var> local_;  ///< variables that differ from core to core, as far as is known

    bool same_for_all(const Expr& expr) const {
        bool same = true;
        ir::walk(expr, [&](const Expr& node) {
            same = same && node->op != ir::Op::Load &&
                   (node->op != ir::Op::Var || (node->var != axis_ && !local_.contains(node->var)));
        });
        return same;
    }

    static bool leaves(const ir::Block& body) {
        bool found = false;
        ir::walk_statements(
            body, [&](const ir::Stmt& stmt) { found = found || std::holds_alternative<ir::Break>(stmt->of); });
        return found;
    }

    void visit(const ir::Block& body, bool in_step) {
        for (const ir::Stmt& stmt : body) {
            if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                const bool bounds = same_for_all(loop->begin) && same_for_all(loop->end);
                if (!bounds) {
                    local_.insert(loop->var);
                }
                visit(loop->body, in_step && bounds && !leaves(loop->body));
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                const bool same = in_step && same_for_all(branch->condition);
                visit(branch->then, same);
                visit(branch->otherwise, same);
            } else if (const auto* forever = std::get_if<ir::While>(&stmt->of)) {
                visit(forever->body, false);
            } else if (const auto* let = std::get_if<ir::Let>(&stmt->of)) {
                local_.insert(let->var);
            } else if (const auto* copy = std::get_if<ir::Copy>(&stmt->of);
                       copy != nullptr && pass::is_tensor(copy->src.buffer)) {
                found_.insert(copy->dst.buffer);
                if (!in_step || !std::all_of(copy->src.begin.begin(), copy->src.begin.end(),
                                             [&](const Expr& begin) { return same_for_all(begin); })) {
                    spoiled_.insert(copy->dst.buffer);
                }
            }
        }
    }
};

}  // namespace

Rectangle choose_rectangle(const ir::Launch& launch, const Flows& flows, const ir::ScheduleHints& hints,
                           const Choices& choices, const arch::Chip& chip, Span span, Diagnostics& diagnostics) {
    Rectangle result;
    const bool asked = hints.policy ? *hints.policy == "rect" : hints.rect.has_value();
    const auto refuse = [&](std::string why, std::string help) {
        diagnostics.error("tile-schedule", span, "the blocks cannot be dealt as rectangles: " + std::move(why),
                          std::move(help));
        return Rectangle{};
    };
    if (asked && launch.vars.size() < 2) {
        return refuse("the grid has one axis", "use policy=\"contiguous\"");
    }
    if (asked && hints.cores) {
        return refuse("cores= says how many cores there are, not which", "use rect=(y, x, height, width)");
    }
    const MulticastFamily family = choices.multicast.value_or(MulticastFamily::Both);
    if (launch.in_turns || launch.vars.size() < 2 || hints.cores || hints.stride || (hints.policy && !asked) ||
        (family == MulticastFamily::None && !asked)) {
        return result;
    }
    const auto limit = [](uint32_t asked, uint32_t there) { return asked == 0 ? there : std::min(asked, there); };
    const int64_t grid_x = limit(choices.grid ? choices.grid->first : 0, chip.compute_grid.x);
    const int64_t grid_y = limit(choices.grid ? choices.grid->second : 0, chip.compute_grid.y);
    int64_t blocks = 1;
    for (const Expr& extent : launch.extents) {
        blocks *= ir::constant(extent).value_or(0);
    }
    const int64_t across = ir::constant(launch.extents[0]).value_or(0);
    const int64_t down = ir::constant(launch.extents[1]).value_or(0);
    if (blocks == 0) {
        return result;
    }
    int64_t width = largest_divisor(across, grid_x), height = largest_divisor(down, grid_y);
    if (asked && hints.rect) {
        const auto& [y, x, rows, columns] = *hints.rect;
        if (y < 0 || x < 0 || rows < 1 || columns < 1 || x + columns > grid_x || y + rows > grid_y) {
            return refuse(fmt::format("rect=({}, {}, {}, {}) is not within the {} x {} cores that there are", y, x,
                                      rows, columns, grid_y, grid_x),
                          "rect= is (first row, first column, rows, columns) of cores");
        }
        if (down % rows != 0 || across % columns != 0) {
            return refuse(
                fmt::format("{} x {} blocks are no whole number of rectangles of {} x {}", down, across, rows, columns),
                "let the rectangle divide the grid");
        }
        width = columns;
        height = rows;
        result.x = x;
        result.y = y;
    } else if (!asked && (width * height < 2 || width * height * 4 < std::min(blocks, grid_x * grid_y) * 3)) {
        return result;
    }
    const Sharing by_row(launch, 0), by_column(launch, 1);
    uint32_t semaphore = 0;
    for (uint32_t i = 0; i < flows.buffers.size(); ++i) {
        const ir::Buffer& buffer = flows.buffers[i];
        const bool row =
            width > 1 && family != MulticastFamily::In1 && family != MulticastFamily::None && by_row.shared(buffer);
        const bool column =
            height > 1 && family != MulticastFamily::In0 && family != MulticastFamily::None && by_column.shared(buffer);
        if (flows.producer[i] == device::Role::Compute || flows.unwritten.contains(i) || (!row && !column) ||
            semaphore + 2 > chip.num_semaphores) {
            continue;
        }
        result.operands[buffer] = {row, semaphore, semaphore + 1};
        semaphore += 2;
    }
    if (result.operands.empty() && !asked) {
        return Rectangle{};
    }
    result.width = width;
    result.height = height;
    result.core_x = make_var("core_x");
    result.core_y = make_var("core_y");
    result.row_x = make_var("row_sender_x");
    result.row_y = make_var("row_sender_y");
    result.row_from = make_var("row_first_x");
    result.row_to = make_var("row_last_x");
    result.column_x = make_var("column_sender_x");
    result.column_y = make_var("column_sender_y");
    result.column_from = make_var("column_first_y");
    result.column_to = make_var("column_last_y");
    return result;
}

Transfer shared_read(Transfer own, const Multicast& multicast, const Rectangle& rectangle, int64_t bytes,
                     int64_t blocks, Span span) {
    const auto at = [](const Var& var) { return ir::make_var(var); };
    // cb_reserve_back, then the address.
    const Var address = std::get<device::Call>(own.before.at(1)->of).result;
    const bool row = multicast.along_row;
    device::Branch branch;
    branch.condition = ir::make(ir::Op::Eq, {at(row ? rectangle.core_x : rectangle.core_y), number(0)});
    branch.then = std::move(own.issue);
    if (blocks < 2) {
        branch.then.insert(branch.then.begin(), call("noc_async_writes_flushed", {}, span));
    }
    if (own.needs_barrier) {
        branch.then.push_back(call("noc_async_read_barrier", {}, span));
    }
    const int64_t receivers = (row ? rectangle.width : rectangle.height) - 1;
    branch.then.push_back(
        row ? call("multicast_block",
                   {at(address), number(bytes), at(rectangle.row_from), at(rectangle.row_y), at(rectangle.row_to),
                    at(rectangle.row_y), number(receivers), number(multicast.ready), number(multicast.valid)},
                   span)
            : call("multicast_block",
                   {at(address), number(bytes), at(rectangle.column_x), at(rectangle.column_from),
                    at(rectangle.column_x), at(rectangle.column_to), number(receivers), number(multicast.ready),
                    number(multicast.valid)},
                   span));
    branch.otherwise = {
        call("receive_block",
             {at(row ? rectangle.row_x : rectangle.column_x), at(row ? rectangle.row_y : rectangle.column_y),
              number(multicast.ready), number(multicast.valid)},
             span)};
    own.issue = {device::make_node(std::move(branch), span)};
    own.needs_barrier = false;
    return own;
}

std::vector<device::RuntimeArgument> rectangle_arguments(const Rectangle& rectangle, device::Role role,
                                                         const arch::Chip& chip) {
    std::vector<device::RuntimeArgument> arguments;
    const auto worker = [&](int64_t x, int64_t y) {
        return chip.worker_virtual.at(static_cast<size_t>((y + rectangle.y) * chip.compute_grid.x + x + rectangle.x));
    };
    const auto add = [&](const Var& var, const std::function<int64_t(int64_t, int64_t)>& value) {
        device::RuntimeArgument argument{device::RuntimeArgument::Meaning::CoreValue, var->name, {}, {}};
        for (int64_t y = 0; y < rectangle.height; ++y) {
            for (int64_t x = 0; x < rectangle.width; ++x) {
                argument.values.push_back(static_cast<uint32_t>(value(x, y)));
            }
        }
        arguments.push_back(std::move(argument));
    };
    add(rectangle.core_x, [](int64_t x, int64_t) { return x; });
    add(rectangle.core_y, [](int64_t, int64_t y) { return y; });
    add(rectangle.row_x, [&](int64_t, int64_t y) { return worker(0, y).x; });
    add(rectangle.row_y, [&](int64_t, int64_t y) { return worker(0, y).y; });
    // The writer's NoC goes the other way round, and so do its multicasts.
    const bool back = role == device::Role::Writer;
    const auto end = [&](bool first, int64_t count) { return first ? std::min<int64_t>(1, count - 1) : count - 1; };
    add(rectangle.row_from, [&](int64_t, int64_t y) { return worker(end(!back, rectangle.width), y).x; });
    add(rectangle.row_to, [&](int64_t, int64_t y) { return worker(end(back, rectangle.width), y).x; });
    add(rectangle.column_x, [&](int64_t x, int64_t) { return worker(x, 0).x; });
    add(rectangle.column_y, [&](int64_t x, int64_t) { return worker(x, 0).y; });
    add(rectangle.column_from, [&](int64_t x, int64_t) { return worker(x, end(!back, rectangle.height)).y; });
    add(rectangle.column_to, [&](int64_t x, int64_t) { return worker(x, end(back, rectangle.height)).y; });
    return arguments;
}

}  // namespace tessera::tile::lower
