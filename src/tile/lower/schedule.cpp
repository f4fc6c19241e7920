#include <tile/lower/schedule.h>

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <tile/lower/work.h>
#include <tile/pass/normalise.h>
#include <tile/prove/ranges.h>

namespace tessera::tile::lower {

namespace {

using device::Role;
using ir::Buffer;
using ir::Expr;

constexpr int64_t most_visits = 300'000;  ///< tiles that are looked at to find whose they are

/// How a block's buffer and a tensor meet: by one copy that every block does the same number of times.
struct Move {
    const ir::Copy* copy = nullptr;
    std::vector<const ir::For*> loops;
    std::vector<const ir::For*> made_in;  ///< of a buffer that goes out: around the statement that makes it
    int copies = 0, makers = 0;
    bool sometimes = false;  ///< under a condition, or made of what was there before
};

class Residents {
public:
    Residents(const Flows& flows, const LaunchPlan& plan, const device::Program& program, const arch::Chip& chip)
        : flows_(flows), plan_(plan), program_(program), chip_(chip) {
        find(flows.body, {}, false);
    }

    std::map<uint32_t, Flows::Resident> all() {
        std::map<uint32_t, Flows::Resident> result;
        for (const auto& [number, move] : moves_) {
            if (const auto pages = pages_of(number, move)) {
                const Buffer& tensor = outside(*move.copy).buffer;
                result[number] = {tensor->name, *pages};
            }
        }
        return result;
    }

private:
    const Flows& flows_;
    const LaunchPlan& plan_;
    const device::Program& program_;
    const arch::Chip& chip_;
    std::map<uint32_t, Move> moves_;
    std::set<Buffer> read_, written_;

    static const ir::Region& outside(const ir::Copy& copy) {
        return pass::is_tensor(copy.src.buffer) ? copy.src : copy.dst;
    }
    static const ir::Region& inside(const ir::Copy& copy) {
        return pass::is_tensor(copy.src.buffer) ? copy.dst : copy.src;
    }

    void find(const std::vector<Flow>& flows, const std::vector<const ir::For*>& loops, bool sometimes) {
        for (const Flow& flow : flows) {
            const auto* copy = std::get_if<ir::Copy>(&flow.stmt->of);
            if (copy != nullptr && !flow.dead &&
                (pass::is_tensor(copy->src.buffer) || pass::is_tensor(copy->dst.buffer))) {
                (pass::is_tensor(copy->src.buffer) ? read_ : written_).insert(outside(*copy).buffer);
                Move& move = moves_[flows_.number.at(inside(*copy).buffer)];
                move.copy = copy;
                move.loops = loops;
                ++move.copies;
                move.sometimes = move.sometimes || sometimes;
            }
            if (!flow.dead && role_of(*flow.stmt) == Role::Compute) {
                for (const Access& access : flow.accesses) {
                    if (access.writes) {
                        Move& move = moves_[flows_.number.at(access.buffer)];
                        ++move.makers;
                        move.made_in = loops;
                        // A product's tiles do not lie row by row.
                        move.sometimes = move.sometimes || sometimes || access.reads ||
                                         std::holds_alternative<ir::Gemm>(flow.stmt->of);
                    }
                }
            }
            std::vector<const ir::For*> deeper = loops;
            const auto* loop = std::get_if<ir::For>(&flow.stmt->of);
            if (loop != nullptr) {
                deeper.push_back(loop);
            }
            for (const auto& body : flow.bodies) {
                find(body, deeper, sometimes || loop == nullptr);
            }
        }
    }

    /// Pages of the shard that the buffer's ring can lie on, if every core finds its blocks in its own shard, in the
    /// order in which it needs them.
    std::optional<int64_t> pages_of(uint32_t number, const Move& move) const {
        if (move.copy == nullptr || move.copies != 1 || move.sometimes || flows_.unwritten.contains(number)) {
            return std::nullopt;
        }
        const bool reads = flows_.producer[number] == Role::Reader;
        if (reads ? move.makers != 0
                  : move.makers != 1 || move.made_in != move.loops || flows_.consumer[number] != Role::Writer) {
            return std::nullopt;
        }
        const ir::Region &out = outside(*move.copy), &in = inside(*move.copy);
        const TensorPlan& tensor = plan_.tensors->at(out.buffer);
        if (!tensor.tensor.in_l1 || tensor.tensor.shard.empty() ||
            (read_.contains(out.buffer) && written_.contains(out.buffer)) || !is_whole(in) ||
            device_format(in.buffer->dtype) != tensor.tensor.format) {
            return std::nullopt;
        }
        // The block's rows and columns of tiles, and in which dimensions of the tensor they run.
        if (tensor.row < 0 || tensor.column < 0) {
            return std::nullopt;
        }
        const auto extent = [&](int dimension) {
            return ir::constant(out.extent[static_cast<size_t>(dimension)]).value_or(0);
        };
        const int64_t rows = extent(tensor.row) / tile_side, columns = extent(tensor.column) / tile_side;
        if (rows * tile_side != extent(tensor.row) || columns * tile_side != extent(tensor.column) || rows == 0 ||
            columns == 0) {
            return std::nullopt;
        }
        for (const int dimension : tensor.outer) {
            if (extent(dimension) != 1) {
                return std::nullopt;
            }
        }
        // Inside, the tensor's rows are rows.
        const TileDimensions tiles = tile_dimensions(in.buffer, Form::Matrix);
        for (const auto& [from, to] : matched_dimensions(out, in)) {
            if ((from == tensor.row && to != tiles.row) || (from == tensor.column && to != tiles.column)) {
                return std::nullopt;
            }
        }
        if (in.buffer->shape.size() != 2) {
            return std::nullopt;
        }
        return visits(out, move.loops, tensor, rows, columns);
    }

    std::optional<int64_t> visits(const ir::Region& out, const std::vector<const ir::For*>& loops,
                                  const TensorPlan& plan, int64_t rows, int64_t columns) const {
        const device::Tensor& tensor = plan.tensor;
        const int64_t down = tensor.shard[0], across = tensor.shard[1], pages = down * across;
        if (pages % (rows * columns) != 0 || static_cast<int64_t>(tensor.pages) > most_visits) {
            return std::nullopt;
        }
        std::map<std::pair<uint32_t, uint32_t>, std::pair<int64_t, int64_t>> shards;
        for (int64_t r = 0; r < tensor.shard_grid[0]; ++r) {
            for (int64_t c = 0; c < tensor.shard_grid[1]; ++c) {
                shards[device::core_of_shard(tensor, r, c, chip_.compute_grid.x, chip_.compute_grid.y)] = {r, c};
            }
        }
        for (const device::CoreWork& core : program_.cores) {
            const auto shard = shards.find({core.x, core.y});
            if (core.count == 0) {
                continue;
            }
            if (shard == shards.end()) {
                return std::nullopt;
            }
            prove::Ranges known;
            if (plan_.rectangle.used()) {
                known.set(plan_.rectangle.core_x, point(core.x - program_.cores.front().x));
                known.set(plan_.rectangle.core_y, point(core.y - program_.cores.front().y));
            }
            int64_t place = 0;
            for (uint32_t i = 0; i < core.count; ++i) {
                known.set(plan_.block, point(core.start + i * plan_.step));
                for (const auto& [var, value] : plan_.decode) {
                    known.set(var, known.of(value));
                }
                if (!turns(out, loops, 0, known, plan, shard->second, rows, columns, place)) {
                    return std::nullopt;
                }
            }
            if (place > pages) {
                return std::nullopt;
            }
        }
        return pages;
    }

    static prove::Range point(int64_t value) { return {value, value}; }

    bool turns(const ir::Region& out, const std::vector<const ir::For*>& loops, size_t depth, prove::Ranges& known,
               const TensorPlan& plan, const std::pair<int64_t, int64_t>& shard, int64_t rows, int64_t columns,
               int64_t& place) const {
        if (depth < loops.size()) {
            const ir::For& loop = *loops[depth];
            const prove::Range begin = known.of(loop.begin), end = known.of(loop.end), step = known.of(loop.step);
            if (begin.low != begin.high || end.low != end.high || step.low != step.high || step.low <= 0) {
                return false;
            }
            for (int64_t turn = begin.low; turn < end.low; turn += step.low) {
                known.set(loop.var, point(turn));
                if (!turns(out, loops, depth + 1, known, plan, shard, rows, columns, place)) {
                    return false;
                }
            }
            return true;
        }
        std::vector<int64_t> at;
        for (const Expr& begin : out.begin) {
            const prove::Range range = known.of(begin);
            if (range.low != range.high) {
                return false;
            }
            at.push_back(range.low);
        }
        int64_t matrix = 0;
        for (const int dimension : plan.outer) {
            const auto d = static_cast<size_t>(dimension);
            if (at[d] < 0 || at[d] >= plan.padded[d]) {
                return false;
            }
            matrix = matrix * plan.padded[d] + at[d];
        }
        const int64_t row = at[static_cast<size_t>(plan.row)], column = at[static_cast<size_t>(plan.column)];
        const device::Tensor& tensor = plan.tensor;
        if (row < 0 || column < 0 || row % tile_side != 0 || column % tile_side != 0 ||
            row / tile_side + rows > plan.tile_rows() || column / tile_side + columns > plan.tile_columns()) {
            return false;
        }
        const int64_t first_row = matrix * plan.tile_rows() + row / tile_side - shard.first * tensor.shard[0];
        const int64_t first_column = column / tile_side - shard.second * tensor.shard[1];
        if (first_row < 0 || first_column < 0 || first_row + rows > tensor.shard[0] ||
            first_column + columns > tensor.shard[1]) {
            return false;
        }
        // Tiles follow each other in the shard as they do in the block.
        if (rows > 1 && columns != tensor.shard[1]) {
            return false;
        }
        if (first_row * tensor.shard[1] + first_column != place) {
            return false;
        }
        place += rows * columns;
        return true;
    }
};

/// One way to deal the blocks.
struct Candidate {
    ir::ScheduleHints hints;
    Choices choices;
    Rectangle rectangle;
};

}  // namespace

void choose_schedule(const ir::Launch& launch, Flows& flows, const ir::ScheduleHints& hints, const Choices& choices,
                     const arch::Chip& chip, LaunchPlan& plan, device::Program& program, Diagnostics& diagnostics) {
    Choices limited = choices;
    if (hints.grid) {
        const auto columns = static_cast<uint32_t>(std::max<int64_t>(hints.grid->second, 1)),
                   rows = static_cast<uint32_t>(std::max<int64_t>(hints.grid->first, 1));
        if (columns > chip.compute_grid.x || rows > chip.compute_grid.y) {
            diagnostics.error("tile-schedule", plan.span,
                              fmt::format("the schedule asks for {} x {} cores, and the chip has {} x {}", rows,
                                          columns, chip.compute_grid.y, chip.compute_grid.x),
                              "make grid= smaller");
            return;
        }
        limited.grid = choices.grid
                           ? std::pair(std::min(choices.grid->first, columns), std::min(choices.grid->second, rows))
                           : std::pair(columns, rows);
    }
    std::vector<Candidate> candidates;
    candidates.push_back(
        {hints, limited, choose_rectangle(launch, flows, hints, limited, chip, plan.span, diagnostics)});
    if (diagnostics.failed()) {
        return;
    }
    const bool free = !hints.policy && !hints.cores && !hints.rect && !hints.stride && !hints.grid && !choices.grid;
    std::set<std::vector<int64_t>> seen;
    for (const auto& [buffer, tensor] : *plan.tensors) {
        if (!free || !tensor.tensor.in_l1 || tensor.tensor.shard.empty() ||
            !seen.insert(tensor.tensor.shard_grid).second) {
            continue;
        }
        const int64_t down = tensor.tensor.shard_grid[0], across = tensor.tensor.shard_grid[1];
        Candidate candidate{hints, limited, {}};
        if (down > 1 && across > 1 && launch.vars.size() >= 2) {
            Diagnostics unheard;
            candidate.hints.policy = "rect";
            candidate.hints.rect = {0, 0, down, across};
            candidate.rectangle = choose_rectangle(launch, flows, candidate.hints, limited, chip, plan.span, unheard);
            if (unheard.failed()) {
                continue;
            }
        } else {
            candidate.hints.policy = "contiguous";
            candidate.hints.cores = down * across;
        }
        candidates.push_back(std::move(candidate));
    }
    const LaunchPlan plan_before = plan;
    const device::Program program_before = program;
    size_t best_residents = 0;
    bool first = true;
    for (const Candidate& candidate : candidates) {
        LaunchPlan made = plan_before;
        device::Program dealt = program_before;
        made.rectangle = candidate.rectangle;
        Diagnostics unheard;
        split_work(launch, candidate.hints, candidate.choices, chip, made, dealt, plan.span,
                   first ? diagnostics : unheard);
        if (diagnostics.failed()) {
            return;
        }
        std::map<uint32_t, Flows::Resident> residents;
        if (!unheard.failed()) {
            residents = Residents(flows, made, dealt, chip).all();
        }
        if (first || residents.size() > best_residents) {
            best_residents = residents.size();
            plan = made;
            program = dealt;
            flows.resident = std::move(residents);
        }
        first = false;
    }
    program.order = {plan.block, plan.step, plan.rectangle.core_x, plan.rectangle.core_y, {}};
    for (const ir::Var& var : launch.vars) {
        for (const auto& one : plan.decode) {
            if (one.first == var) {
                program.order.place.push_back(one);
            }
        }
    }
}

void require_chunks(const ir::Kernel& kernel, Diagnostics& diagnostics) {
    const auto check = [&](const ir::Region& operand, bool last, const std::optional<int64_t>& asked, const char* what,
                           Span span) {
        std::vector<int64_t> extents;
        for (size_t i = 0; i < operand.extent.size(); ++i) {
            if (!operand.dropped[i]) {
                extents.push_back(ir::constant(operand.extent[i]).value_or(0));
            }
        }
        if (!asked || extents.size() < 2) {
            return;
        }
        const int64_t elements = last ? extents.back() : extents[extents.size() - 2];
        if (elements != *asked * tile_side) {
            diagnostics.error("tile-schedule", span,
                              fmt::format("{}={} asks for steps of {} elements, and the script's are {}", what, *asked,
                                          *asked * tile_side, elements),
                              "give the script's blocks that size, or leave the hint out");
        }
    };
    ir::walk_statements(kernel.body, [&](const ir::Stmt& stmt) {
        if (const auto* gemm = std::get_if<ir::Gemm>(&stmt->of)) {
            check(gemm->a, !gemm->transpose_a, kernel.schedule.chunk_k_tiles, "chunk_k_tiles", stmt->span);
            if (gemm->transpose_b) {
                check(gemm->b, false, kernel.schedule.qk_chunk_tiles, "qk_chunk_tiles", stmt->span);
            }
        }
    });
}

}  // namespace tessera::tile::lower
