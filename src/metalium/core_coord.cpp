// Rectangles of cores and sets of them.
#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <tt-metalium/core_coord.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

size_t mix(size_t seed, size_t value) {
    return seed ^ (value + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2));
}

}  // namespace

std::string RelativeCoreCoord::str() const {
    return "(x=" + std::to_string(x) + ",y=" + std::to_string(y) + ")";
}

CoreCoord get_core_coord_from_relative(const RelativeCoreCoord& in, const CoreCoord& grid_size) {
    const auto absolute = [](long value, size_t size) {
        return static_cast<size_t>(value < 0 ? value + static_cast<long>(size) : value);
    };
    return {absolute(in.x, grid_size.x), absolute(in.y, grid_size.y)};
}

CoreRange::CoreRange(const CoreCoord& point) : start_coord(point), end_coord(point) {}

CoreRange::CoreRange(const CoreCoord& start, const CoreCoord& end) : start_coord(start), end_coord(end) {
    TT_FATAL(end.x >= start.x and end.y >= start.y, "Invalid core range for start_coord: {}, end_coord: {}",
             start.str(), end.str());
}

bool CoreRange::intersects(const CoreRange& other) const {
    return start_coord.x <= other.end_coord.x && other.start_coord.x <= end_coord.x &&
           start_coord.y <= other.end_coord.y && other.start_coord.y <= end_coord.y;
}

std::optional<CoreRange> CoreRange::intersection(const CoreRange& other) const {
    if (!intersects(other)) {
        return std::nullopt;
    }
    return CoreRange({std::max(start_coord.x, other.start_coord.x), std::max(start_coord.y, other.start_coord.y)},
                     {std::min(end_coord.x, other.end_coord.x), std::min(end_coord.y, other.end_coord.y)});
}

bool CoreRange::adjacent(const CoreRange& other) const {
    const bool share_columns = start_coord.x <= other.end_coord.x && other.start_coord.x <= end_coord.x;
    const bool share_rows = start_coord.y <= other.end_coord.y && other.start_coord.y <= end_coord.y;
    const bool touch_in_x = end_coord.x + 1 == other.start_coord.x || other.end_coord.x + 1 == start_coord.x;
    const bool touch_in_y = end_coord.y + 1 == other.start_coord.y || other.end_coord.y + 1 == start_coord.y;
    return (touch_in_x && share_rows) || (touch_in_y && share_columns);
}

bool CoreRange::contains(const CoreCoord& other) const {
    return other.x >= start_coord.x && other.x <= end_coord.x && other.y >= start_coord.y && other.y <= end_coord.y;
}

bool CoreRange::contains(const CoreRange& other) const {
    return contains(other.start_coord) && contains(other.end_coord);
}

bool CoreRange::contains(const CoreRangeSet& other) const {
    return std::all_of(other.ranges().begin(), other.ranges().end(),
                       [this](const CoreRange& range) { return contains(range); });
}

std::optional<CoreRange> CoreRange::merge(const CoreRange& cr) const {
    if (!intersects(cr) && !adjacent(cr)) {
        return std::nullopt;
    }
    const bool same_columns = start_coord.x == cr.start_coord.x && end_coord.x == cr.end_coord.x;
    const bool same_rows = start_coord.y == cr.start_coord.y && end_coord.y == cr.end_coord.y;
    if (!same_columns && !same_rows) {
        return std::nullopt;
    }
    return CoreRange({std::min(start_coord.x, cr.start_coord.x), std::min(start_coord.y, cr.start_coord.y)},
                     {std::max(end_coord.x, cr.end_coord.x), std::max(end_coord.y, cr.end_coord.y)});
}

std::string CoreRange::str() const {
    return "[" + start_coord.str() + " - " + end_coord.str() + "]";
}

size_t CoreRange::size() const {
    return (end_coord.x - start_coord.x + 1) * (end_coord.y - start_coord.y + 1);
}

CoreCoord CoreRange::grid_size() const {
    return {end_coord.x - start_coord.x + 1, end_coord.y - start_coord.y + 1};
}

CoreRange::CoreIterator::CoreIterator(const CoreCoord& current, const CoreRange& core_range)
    : current_(current), range_(core_range) {}

CoreCoord& CoreRange::CoreIterator::operator*() {
    return current_;
}

CoreRange::CoreIterator& CoreRange::CoreIterator::operator++() {
    if (current_.x == range_.end_coord.x) {
        current_ = {range_.start_coord.x, current_.y + 1};
    } else {
        ++current_.x;
    }
    return *this;
}

bool CoreRange::CoreIterator::operator==(const CoreIterator& other) const {
    return current_ == other.current_;
}
bool CoreRange::CoreIterator::operator!=(const CoreIterator& other) const {
    return !(*this == other);
}

CoreRange::CoreIterator CoreRange::begin() const {
    return {start_coord, *this};
}
CoreRange::CoreIterator CoreRange::end() const {
    return {CoreCoord(start_coord.x, end_coord.y + 1), *this};
}

CoreRangeSet::CoreRangeSet(ttsl::Span<const CoreRange> core_ranges) : ranges_(core_ranges.begin(), core_ranges.end()) {
    validate_no_overlap();
}

CoreRangeSet::CoreRangeSet(const std::set<CoreRange>& core_ranges) : ranges_(core_ranges.begin(), core_ranges.end()) {
    validate_no_overlap();
}

CoreRangeSet::CoreRangeSet(const CoreRange& core_range) : ranges_{core_range} {}

CoreRangeSet::CoreRangeSet(std::vector<CoreRange>&& core_ranges) : ranges_(std::move(core_ranges)) {
    validate_no_overlap();
}

CoreRangeSet::CoreRangeSet(ttsl::Span<const CoreCoord> core_coords) {
    const std::vector<CoreRange> points(core_coords.begin(), core_coords.end());
    *this = CoreRangeSet(ttsl::Span<const CoreRange>(points)).merge_ranges();
}

bool CoreRangeSet::empty() const {
    return ranges_.empty();
}
size_t CoreRangeSet::size() const {
    return ranges_.size();
}

// Every row is cut into runs of cores; a run continues the rectangle above it where that has the same columns. The
// result is in the order of CoreRange, so that equal sets of cores come out as equal sets of rectangles.
CoreRangeSet CoreRangeSet::merged_with(ttsl::Span<const CoreRange> other) const {
    std::vector<CoreRange> all(ranges_);
    all.insert(all.end(), other.begin(), other.end());
    if (all.empty()) {
        return {};
    }
    size_t max_x = 0;
    size_t max_y = 0;
    size_t min_y = std::numeric_limits<size_t>::max();
    for (const CoreRange& range : all) {
        max_x = std::max(max_x, range.end_coord.x);
        max_y = std::max(max_y, range.end_coord.y);
        min_y = std::min(min_y, range.start_coord.y);
    }
    std::vector<std::vector<bool>> grid(max_y + 1, std::vector<bool>(max_x + 2, false));
    for (const CoreRange& range : all) {
        for (size_t y = range.start_coord.y; y <= range.end_coord.y; ++y) {
            std::fill(grid[y].begin() + static_cast<std::ptrdiff_t>(range.start_coord.x),
                      grid[y].begin() + static_cast<std::ptrdiff_t>(range.end_coord.x) + 1, true);
        }
    }

    std::set<CoreRange> finished;
    std::map<std::pair<size_t, size_t>, size_t>
        open;  // columns of a rectangle that reaches the row above, to its first row
    for (size_t y = min_y; y <= max_y + 1; ++y) {
        std::map<std::pair<size_t, size_t>, size_t> runs;
        for (size_t x = 0; y <= max_y && x <= max_x; ++x) {
            if (grid[y][x]) {
                const size_t first = x;
                while (grid[y][x + 1]) {
                    ++x;
                }
                const std::pair columns(first, x);
                const auto above = open.find(columns);
                runs.emplace(columns, above == open.end() ? y : above->second);
            }
        }
        for (const auto& [columns, first_row] : open) {
            if (!runs.contains(columns)) {
                finished.insert(CoreRange({columns.first, first_row}, {columns.second, y - 1}));
            }
        }
        open = std::move(runs);
    }
    return CoreRangeSet(finished);
}

bool CoreRangeSet::intersects(const CoreCoord& other) const {
    return contains(other);
}

bool CoreRangeSet::intersects(const CoreRange& other) const {
    return std::any_of(ranges_.begin(), ranges_.end(), [&](const CoreRange& range) { return range.intersects(other); });
}

bool CoreRangeSet::intersects(const CoreRangeSet& other) const {
    return std::any_of(other.ranges_.begin(), other.ranges_.end(),
                       [this](const CoreRange& range) { return intersects(range); });
}

CoreRangeSet CoreRangeSet::intersection(const CoreRangeSet& other) const {
    std::vector<CoreRange> common;
    for (const CoreRange& mine : ranges_) {
        for (const CoreRange& theirs : other.ranges_) {
            if (const auto both = mine.intersection(theirs)) {
                common.push_back(*both);
            }
        }
    }
    return CoreRangeSet(std::move(common));
}

bool CoreRangeSet::contains(const CoreCoord& other) const {
    return std::any_of(ranges_.begin(), ranges_.end(), [&](const CoreRange& range) { return range.contains(other); });
}

// Rectangles of a set do not overlap, so what they have in common with another adds up.
bool CoreRangeSet::contains(const CoreRange& other) const {
    size_t found = 0;
    for (const CoreRange& range : ranges_) {
        if (const auto both = range.intersection(other)) {
            found += both->size();
        }
    }
    return found == other.size();
}

bool CoreRangeSet::contains(const CoreRangeSet& other) const {
    return std::all_of(other.ranges_.begin(), other.ranges_.end(),
                       [this](const CoreRange& range) { return contains(range); });
}

const std::vector<CoreRange>& CoreRangeSet::ranges() const {
    return ranges_;
}

std::string CoreRangeSet::str() const {
    std::string text = "{";
    for (const CoreRange& range : ranges_) {
        text += (text.size() > 1 ? ", " : "") + range.str();
    }
    return text + "}";
}

uint32_t CoreRangeSet::num_cores() const {
    size_t cores = 0;
    for (const CoreRange& range : ranges_) {
        cores += range.size();
    }
    return static_cast<uint32_t>(cores);
}

CoreRange CoreRangeSet::bounding_box() const {
    TT_FATAL(!ranges_.empty(), "Cannot get bounding_box of an empty CoreRangeSet!");
    CoreCoord low = ranges_.front().start_coord;
    CoreCoord high = ranges_.front().end_coord;
    for (const CoreRange& range : ranges_) {
        low = {std::min(low.x, range.start_coord.x), std::min(low.y, range.start_coord.y)};
        high = {std::max(high.x, range.end_coord.x), std::max(high.y, range.end_coord.y)};
    }
    return {low, high};
}

CoreRangeSet CoreRangeSet::merge_ranges() const {
    return ranges_.size() <= 1 ? *this : merged_with({});
}

void CoreRangeSet::validate_no_overlap() const {
    for (size_t i = 0; i < ranges_.size(); ++i) {
        for (size_t j = i + 1; j < ranges_.size(); ++j) {
            if (ranges_[i].intersects(ranges_[j])) {
                TT_THROW("Cannot create CoreRangeSet with specified core ranges because core ranges {} and {} overlap!",
                         ranges_[i].str(), ranges_[j].str());
            }
        }
    }
}

// Each rectangle that is left loses its overlap and falls into what lies left, right, below and above of it.
CoreRangeSet CoreRangeSet::subtract(const CoreRangeSet& other) const {
    std::vector<CoreRange> left = merge_ranges().ranges_;
    for (const CoreRange& hole : other.merge_ranges().ranges_) {
        std::vector<CoreRange> next;
        for (const CoreRange& range : left) {
            const auto both = range.intersection(hole);
            if (!both) {
                next.push_back(range);
                continue;
            }
            const CoreCoord low = both->start_coord;
            const CoreCoord high = both->end_coord;
            if (range.start_coord.x < low.x) {
                next.emplace_back(range.start_coord, CoreCoord(low.x - 1, range.end_coord.y));
            }
            if (range.end_coord.x > high.x) {
                next.emplace_back(CoreCoord(high.x + 1, range.start_coord.y), range.end_coord);
            }
            if (range.start_coord.y < low.y) {
                next.emplace_back(CoreCoord(low.x, range.start_coord.y), CoreCoord(high.x, low.y - 1));
            }
            if (range.end_coord.y > high.y) {
                next.emplace_back(CoreCoord(low.x, high.y + 1), CoreCoord(high.x, range.end_coord.y));
            }
        }
        left = std::move(next);
    }
    return CoreRangeSet(std::move(left));
}

bool operator==(const CoreRangeSet& a, const CoreRangeSet& b) {
    return a.ranges() == b.ranges();
}
bool operator!=(const CoreRangeSet& a, const CoreRangeSet& b) {
    return !(a == b);
}

std::ostream& operator<<(std::ostream& os, const CoreRange& core_range) {
    return os << core_range.str();
}
std::ostream& operator<<(std::ostream& os, const CoreRangeSet& core_range_set) {
    return os << core_range_set.str();
}

std::vector<CoreCoord> grid_to_cores(uint32_t num_cores, uint32_t grid_size_x, uint32_t grid_size_y, bool row_wise) {
    TT_FATAL(num_cores <= grid_size_x * grid_size_y, "Number of cores {} exceeds grid size {}x{}", num_cores,
             grid_size_x, grid_size_y);
    std::vector<CoreCoord> cores;
    cores.reserve(num_cores);
    for (uint32_t i = 0; i < num_cores; ++i) {
        cores.push_back(row_wise ? CoreCoord(i % grid_size_x, i / grid_size_x)
                                 : CoreCoord(i / grid_size_y, i % grid_size_y));
    }
    return cores;
}

std::vector<CoreCoord> grid_to_cores(CoreCoord start, CoreCoord end, bool row_wise) {
    const CoreCoord size = CoreRange(start, end).grid_size();
    std::vector<CoreCoord> cores = grid_to_cores(static_cast<uint32_t>(size.x * size.y), static_cast<uint32_t>(size.x),
                                                 static_cast<uint32_t>(size.y), row_wise);
    for (CoreCoord& core : cores) {
        core = {core.x + start.x, core.y + start.y};
    }
    return cores;
}

std::vector<CoreCoord> grid_to_cores_with_noop(uint32_t bbox_x, uint32_t bbox_y, uint32_t grid_size_x,
                                               uint32_t grid_size_y, bool row_wise) {
    TT_FATAL(bbox_x < grid_size_x && bbox_y < grid_size_y, "Corner ({}, {}) lies outside of the grid of {}x{} cores",
             bbox_x, bbox_y, grid_size_x, grid_size_y);
    std::vector<CoreCoord> cores = grid_to_cores((bbox_x + 1) * (bbox_y + 1), bbox_x + 1, bbox_y + 1, row_wise);
    for (uint32_t x = bbox_x + 1; x < grid_size_x; ++x) {
        for (uint32_t y = 0; y < grid_size_y; ++y) {
            cores.emplace_back(x, y);
        }
    }
    for (uint32_t y = bbox_y + 1; y < grid_size_y; ++y) {
        for (uint32_t x = 0; x <= bbox_x; ++x) {
            cores.emplace_back(x, y);
        }
    }
    return cores;
}

std::vector<CoreCoord> grid_to_cores_with_noop(const CoreRangeSet& used_cores, const CoreRangeSet& all_cores,
                                               bool row_wise) {
    TT_FATAL(all_cores.contains(used_cores), "Cores {} are not all in {}", used_cores, all_cores);
    std::vector<CoreCoord> cores = corerange_to_cores(used_cores, std::nullopt, row_wise);
    std::vector<CoreCoord> all = corerange_to_cores(all_cores, std::nullopt, row_wise);
    std::sort(all.begin(), all.end());
    std::copy_if(all.begin(), all.end(), std::back_inserter(cores),
                 [&](const CoreCoord& core) { return !used_cores.contains(core); });
    return cores;
}

std::vector<CoreCoord> corerange_to_cores(const CoreRangeSet& crs, std::optional<uint32_t> max_cores, bool row_wise) {
    std::vector<CoreCoord> cores;
    cores.reserve(crs.num_cores());
    for (const CoreRange& range : crs.ranges()) {
        const auto more = grid_to_cores(range.start_coord, range.end_coord, row_wise);
        cores.insert(cores.end(), more.begin(), more.end());
        if (max_cores && cores.size() >= *max_cores) {
            cores.resize(*max_cores);
            break;
        }
    }
    return cores;
}

CoreRangeSet select_from_corerangeset(const CoreRangeSet& crs, uint32_t start_index, uint32_t end_index,
                                      bool row_wise) {
    const auto cores = corerange_to_cores(crs, end_index + 1, row_wise);
    TT_FATAL(end_index < cores.size(), "Core {} of {} does not exist", end_index, crs);
    std::vector<CoreRange> selected;
    for (uint32_t i = start_index; i <= end_index; ++i) {
        selected.emplace_back(cores[i]);
    }
    return CoreRangeSet(std::move(selected));
}

std::optional<CoreRange> select_contiguous_range_from_corerangeset(const CoreRangeSet& crs, uint32_t x, uint32_t y) {
    for (const CoreRange& range : crs.ranges()) {
        const CoreCoord end(range.start_coord.x + x, range.start_coord.y + y);
        if (range.contains(end)) {
            return CoreRange(range.start_coord, end);
        }
    }
    return std::nullopt;
}

}  // namespace tt::tt_metal

auto fmt::formatter<tt::tt_metal::CoreCoord>::format(const tt::tt_metal::CoreCoord& core_coord,
                                                     format_context& ctx) const -> format_context::iterator {
    return fmt::format_to(ctx.out(), "{}", core_coord.str());
}

auto fmt::formatter<tt::tt_metal::CoreRange>::format(const tt::tt_metal::CoreRange& core_range,
                                                     format_context& ctx) const -> format_context::iterator {
    return fmt::format_to(ctx.out(), "{}", core_range.str());
}

auto fmt::formatter<tt::tt_metal::CoreRangeSet>::format(const tt::tt_metal::CoreRangeSet& core_range_set,
                                                        format_context& ctx) const -> format_context::iterator {
    return fmt::format_to(ctx.out(), "{}", core_range_set.str());
}

std::size_t std::hash<tt::tt_metal::RelativeCoreCoord>::operator()(
    const tt::tt_metal::RelativeCoreCoord& core_coord) const {
    return tt::tt_metal::mix(std::hash<long>{}(core_coord.x), std::hash<long>{}(core_coord.y));
}

std::size_t std::hash<tt::tt_metal::CoreRange>::operator()(const tt::tt_metal::CoreRange& core_range) const {
    const std::hash<tt::tt_metal::CoreCoord> hash;
    return tt::tt_metal::mix(hash(core_range.start_coord), hash(core_range.end_coord));
}

std::size_t std::hash<tt::tt_metal::CoreRangeSet>::operator()(const tt::tt_metal::CoreRangeSet& core_range_set) const {
    std::size_t seed = core_range_set.size();
    for (const auto& range : core_range_set.ranges()) {
        seed = tt::tt_metal::mix(seed, std::hash<tt::tt_metal::CoreRange>{}(range));
    }
    return seed;
}
