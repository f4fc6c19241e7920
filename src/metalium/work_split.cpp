// Dividing work between cores.
#include <tt-metalium/work_split.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <tt-metalium/math.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

using Split = std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t>;

/// Rectangles of consecutive cores, in the order in which they were visited: lines that follow each other and have the
/// same extent become one rectangle.
class Collector {
public:
    explicit Collector(bool row_wise) : row_wise_(row_wise) {}

    void add(const CoreRange& line) {
        if (!ranges_.empty()) {
            CoreRange& last = ranges_.back();
            const bool continues =
                row_wise_ ? last.start_coord.x == line.start_coord.x && last.end_coord.x == line.end_coord.x &&
                                last.end_coord.y + 1 == line.start_coord.y
                          : last.start_coord.y == line.start_coord.y && last.end_coord.y == line.end_coord.y &&
                                last.end_coord.x + 1 == line.start_coord.x;
            if (continues) {
                last.end_coord = line.end_coord;
                return;
            }
        }
        ranges_.push_back(line);
    }

    std::vector<CoreRange> take() { return std::move(ranges_); }

private:
    bool row_wise_;
    std::vector<CoreRange> ranges_;
};

/// Takes cores of a rectangle from `start` on, line by line; says how many were still wanted.
uint32_t take_from(const CoreRange& grid, const CoreCoord& start, uint32_t wanted, bool row_wise,
                   Collector& collector) {
    CoreCoord at = start;
    while (wanted > 0 && grid.contains(at)) {
        if (row_wise) {
            const auto count = std::min<size_t>(wanted, grid.end_coord.x - at.x + 1);
            collector.add({at, {at.x + count - 1, at.y}});
            wanted -= static_cast<uint32_t>(count);
            at = {grid.start_coord.x, at.y + 1};
        } else {
            const auto count = std::min<size_t>(wanted, grid.end_coord.y - at.y + 1);
            collector.add({at, {at.x, at.y + count - 1}});
            wanted -= static_cast<uint32_t>(count);
            at = {at.x + 1, grid.start_coord.y};
        }
    }
    return wanted;
}

/// Divides units over cores; take(start, count) names `count` cores from position `start` of the order on.
template <typename Take>
Split split(uint32_t max_cores, uint32_t units, const CoreRangeSet& everything, Take take) {
    if (units == 0) {
        return {0, CoreRangeSet(), CoreRangeSet(), CoreRangeSet(), 0, 0};
    }
    TT_FATAL(max_cores > 0, "Core grid must contain at least one core");
    const uint32_t cores = std::min(units, max_cores);
    CoreRangeSet all = units >= max_cores ? everything : take(0, cores);
    const uint32_t busier = units % cores;
    if (busier == 0) {
        return {cores, all, all, CoreRangeSet(), units / cores, 0};
    }
    return {cores, std::move(all), take(0, busier), take(busier, cores - busier), units / cores + 1, units / cores};
}

}  // namespace

uint32_t merge_num_sticks_to_read(uint32_t num_sticks_to_read, uint32_t stick_size_bytes, uint32_t max_read_size) {
    TT_FATAL(stick_size_bytes > 0, "A stick must not be empty");
    const uint32_t total = num_sticks_to_read * stick_size_bytes;
    uint32_t reads = num_sticks_to_read;
    for (uint32_t size = stick_size_bytes; size <= max_read_size; size += stick_size_bytes) {
        if (total % size == 0) {
            reads = total / size;
        }
    }
    return reads;
}

std::tuple<uint32_t, uint32_t> get_max_cores_divisible_by_tiles_per_core_tiles(const uint32_t& num_tiles,
                                                                               const uint32_t& num_cores_max,
                                                                               bool request_even) {
    uint32_t cores = 1;
    for (uint32_t i = 2; i <= num_cores_max; ++i) {
        if (num_tiles % i == 0) {
            cores = i;
        }
    }
    if (request_even && cores > 1) {
        cores -= cores % 2;
    }
    return {cores, div_up(num_tiles, cores)};
}

int find_max_divisor(uint32_t val, uint32_t start_max_div) {
    for (uint32_t divisor = start_max_div; divisor > 1; --divisor) {
        if (divisor != 5 && divisor != 7 && val % divisor == 0) {
            return static_cast<int>(divisor);
        }
    }
    return 1;
}

int find_max_block_size(uint32_t val, uint32_t max_block_size) {
    for (uint32_t divisor = max_block_size; divisor > 1; --divisor) {
        if (val % divisor == 0) {
            return static_cast<int>(divisor);
        }
    }
    return 1;
}

CoreRangeSet num_cores_to_corerangeset(CoreCoord start_core, uint32_t target_num_cores, CoreCoord grid_size,
                                       bool row_wise) {
    TT_FATAL(start_core.x < grid_size.x && start_core.y < grid_size.y, "Start core must be within grid size");
    const size_t skipped =
        row_wise ? start_core.y * grid_size.x + start_core.x : start_core.x * grid_size.y + start_core.y;
    const size_t available = grid_size.x * grid_size.y - skipped;
    TT_FATAL(target_num_cores <= available,
             "Target number of cores {} is greater than total number of available cores {}", target_num_cores,
             available);
    Collector collector(row_wise);
    take_from(CoreRange({0, 0}, {grid_size.x - 1, grid_size.y - 1}), start_core, target_num_cores, row_wise, collector);
    return CoreRangeSet(collector.take());
}

CoreRangeSet num_cores_to_corerangeset(uint32_t target_num_cores, CoreCoord grid_size, bool row_wise) {
    return num_cores_to_corerangeset({0, 0}, target_num_cores, grid_size, row_wise);
}

CoreRangeSet num_cores_to_corerangeset_in_subcoregrids(CoreCoord start_core, uint32_t target_num_cores,
                                                       const CoreRangeSet& sub_core_grids, bool row_wise) {
    TT_FATAL(target_num_cores > 0, "Target number of cores must be greater than 0");
    TT_FATAL(target_num_cores <= sub_core_grids.num_cores(),
             "Target number of cores {} is greater than total available cores {}", target_num_cores,
             sub_core_grids.num_cores());
    TT_FATAL(sub_core_grids.contains(start_core), "Start core must be inside sub_core_grids");
    uint32_t wanted = target_num_cores;
    bool started = false;
    Collector collector(row_wise);
    for (const CoreRange& grid : sub_core_grids.ranges()) {
        if (!started && !grid.contains(start_core)) {
            continue;
        }
        wanted = take_from(grid, started ? grid.start_coord : start_core, wanted, row_wise, collector);
        started = true;
    }
    TT_FATAL(wanted == 0, "Failed to assign all {} requested cores", target_num_cores);
    return CoreRangeSet(collector.take());
}

Split split_work_to_cores(CoreCoord grid_size, uint32_t units_to_divide, bool row_wise) {
    const auto max_cores = static_cast<uint32_t>(grid_size.x * grid_size.y);
    TT_FATAL(max_cores > 0, "Core grid must contain at least one core");
    return split(max_cores, units_to_divide, CoreRangeSet(CoreRange({0, 0}, {grid_size.x - 1, grid_size.y - 1})),
                 [&](uint32_t start, uint32_t count) {
                     const CoreCoord core = row_wise ? CoreCoord(start % grid_size.x, start / grid_size.x)
                                                     : CoreCoord(start / grid_size.y, start % grid_size.y);
                     return num_cores_to_corerangeset(core, count, grid_size, row_wise);
                 });
}

Split split_work_to_cores(const CoreRangeSet& core_grid, uint32_t units_to_divide, bool row_wise) {
    const std::vector<CoreCoord> order = corerange_to_cores(core_grid, std::nullopt, row_wise);
    return split(core_grid.num_cores(), units_to_divide, core_grid, [&](uint32_t start, uint32_t count) {
        return num_cores_to_corerangeset_in_subcoregrids(order[start], count, core_grid, row_wise);
    });
}

std::tuple<std::vector<uint32_t>, CoreRangeSet> split_work_to_cores_even_multiples(const CoreCoord& core_grid,
                                                                                   uint32_t units_to_divide,
                                                                                   uint32_t multiple, bool row_wise) {
    TT_FATAL(multiple > 0, "Units must be dealt at least one at a time");
    const auto max_cores = static_cast<uint32_t>(core_grid.x * core_grid.y);
    const uint32_t batches = div_up(units_to_divide, multiple);
    const uint32_t cores = std::min(batches, max_cores);
    std::vector<uint32_t> units(cores, 0);
    for (uint32_t batch = 0; batch < batches; ++batch) {
        units[batch % cores] += std::min(multiple, units_to_divide - batch * multiple);
    }
    return {units, num_cores_to_corerangeset({0, 0}, cores, core_grid, row_wise)};
}

std::set<CoreRange> num_cores_to_corerange_set(CoreCoord start_core, uint32_t target_num_cores, CoreCoord grid_size,
                                               bool row_wise) {
    const CoreRangeSet cores = num_cores_to_corerangeset(start_core, target_num_cores, grid_size, row_wise);
    return {cores.ranges().begin(), cores.ranges().end()};
}

std::set<CoreRange> num_cores_to_corerange_set(uint32_t target_num_cores, CoreCoord grid_size, bool row_wise) {
    return num_cores_to_corerange_set({0, 0}, target_num_cores, grid_size, row_wise);
}

}  // namespace tt::tt_metal
