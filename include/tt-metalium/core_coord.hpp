// Coordinates of cores, rectangles of cores, and sets of rectangles.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <fmt/base.h>
#include <tt_stl/span.hpp>
#include <umd/device/types/core_coordinates.hpp>
#include <umd/device/types/xy_pair.hpp>

namespace tt::tt_metal {

/// Coordinates of a core; logical unless said otherwise.
using CoreCoord = tt_xy_pair;

class CoreRangeSet;

/// Coordinates that count from the far edge of the grid where negative.
struct RelativeCoreCoord {
    long x = 0;
    long y = 0;

    std::string str() const;
    friend constexpr bool operator==(const RelativeCoreCoord&, const RelativeCoreCoord&) = default;
};

/// The absolute coordinates of `in` on a grid of this size.
CoreCoord get_core_coord_from_relative(const RelativeCoreCoord& in, const CoreCoord& grid_size);

/// A rectangle of cores, both corners included.
class CoreRange {
public:
    CoreCoord start_coord;
    CoreCoord end_coord;

    /// One core.
    CoreRange(const CoreCoord& point);
    /// Throws where the end lies before the start in x or in y.
    CoreRange(const CoreCoord& start_coord, const CoreCoord& end_coord);

    CoreRange(const CoreRange& other) = default;
    CoreRange& operator=(const CoreRange& other) = default;
    CoreRange(CoreRange&& other) noexcept = default;
    CoreRange& operator=(CoreRange&& other) noexcept = default;

    bool intersects(const CoreRange& other) const;
    std::optional<CoreRange> intersection(const CoreRange& other) const;
    /// True where the two touch along an edge without sharing a core.
    bool adjacent(const CoreRange& other) const;
    bool contains(const CoreCoord& other) const;
    bool contains(const CoreRange& other) const;
    bool contains(const CoreRangeSet& other) const;
    /// The rectangle that both make up, where they overlap or touch and agree in the other dimension.
    std::optional<CoreRange> merge(const CoreRange& cr) const;

    /// "[(x=0,y=0) - (x=1,y=1)]".
    std::string str() const;
    /// Number of cores.
    size_t size() const;
    /// Cores in x and in y.
    CoreCoord grid_size() const;

    /// Walks the cores row by row.
    class CoreIterator {
    public:
        using value_type = CoreCoord;
        using difference_type = std::ptrdiff_t;

        CoreIterator(const CoreCoord& current, const CoreRange& core_range);

        CoreCoord& operator*();
        CoreIterator& operator++();
        bool operator==(const CoreIterator& other) const;
        bool operator!=(const CoreIterator& other) const;

    private:
        CoreCoord current_;
        const CoreRange& range_;
    };

    CoreIterator begin() const;
    CoreIterator end() const;
};

constexpr bool operator==(const CoreRange& a, const CoreRange& b) {
    return a.start_coord == b.start_coord && a.end_coord == b.end_coord;
}
constexpr bool operator!=(const CoreRange& a, const CoreRange& b) {
    return !(a == b);
}
/// By start, then by end.
constexpr bool operator<(const CoreRange& left, const CoreRange& right) {
    return left.start_coord < right.start_coord ||
           (left.start_coord == right.start_coord && left.end_coord < right.end_coord);
}

/// Rectangles that do not overlap, in the order in which they were given. Two sets are equal where their rectangles
/// are.
class CoreRangeSet {
public:
    CoreRangeSet() = default;
    /// Each of these throws where rectangles overlap.
    CoreRangeSet(ttsl::Span<const CoreRange> core_ranges);
    CoreRangeSet(const std::set<CoreRange>& core_ranges);
    CoreRangeSet(const CoreRange& core_range);
    CoreRangeSet(std::vector<CoreRange>&& core_ranges);
    /// The cores, merged into rectangles.
    CoreRangeSet(ttsl::Span<const CoreCoord> core_coords);

    CoreRangeSet(const CoreRangeSet& other) = default;
    CoreRangeSet& operator=(const CoreRangeSet& other) = default;
    CoreRangeSet(CoreRangeSet&& other) noexcept = default;
    CoreRangeSet& operator=(CoreRangeSet&& other) noexcept = default;

    friend void swap(CoreRangeSet& first, CoreRangeSet& second) noexcept { first.ranges_.swap(second.ranges_); }

    bool empty() const;
    /// Number of rectangles.
    size_t size() const;

    /// The union with other rectangles (a CoreRangeSet, a vector or a set of CoreRange), in few rectangles.
    template <typename T>
    CoreRangeSet merge(const T& other) const;

    bool intersects(const CoreCoord& other) const;
    bool intersects(const CoreRange& other) const;
    bool intersects(const CoreRangeSet& other) const;
    CoreRangeSet intersection(const CoreRangeSet& other) const;
    bool contains(const CoreCoord& other) const;
    bool contains(const CoreRange& other) const;
    bool contains(const CoreRangeSet& other) const;
    bool core_coord_in_core_ranges(const CoreCoord& core_coord) const { return contains(core_coord); }

    const std::vector<CoreRange>& ranges() const;
    /// "{[(x=0,y=0) - (x=1,y=1)], [(x=3,y=3) - (x=3,y=3)]}".
    std::string str() const;
    /// Number of cores.
    uint32_t num_cores() const;
    /// The least rectangle around all cores. Throws for an empty set.
    CoreRange bounding_box() const;
    /// The same cores in few rectangles.
    CoreRangeSet merge_ranges() const;
    /// The cores of this set that are not in the other.
    CoreRangeSet subtract(const CoreRangeSet& other) const;

private:
    void validate_no_overlap() const;
    CoreRangeSet merged_with(ttsl::Span<const CoreRange> other) const;

    std::vector<CoreRange> ranges_;
};

template <typename T>
CoreRangeSet CoreRangeSet::merge(const T& other) const {
    if constexpr (requires { other.ranges(); }) {
        return merged_with(other.ranges());
    } else {
        const std::vector<CoreRange> ranges(other.begin(), other.end());
        return merged_with(ranges);
    }
}

bool operator==(const CoreRangeSet& a, const CoreRangeSet& b);
bool operator!=(const CoreRangeSet& a, const CoreRangeSet& b);

std::ostream& operator<<(std::ostream& os, const CoreRange& core_range);
std::ostream& operator<<(std::ostream& os, const CoreRangeSet& core_range_set);

/// The first `num_cores` cores of a grid, row by row or column by column.
std::vector<CoreCoord> grid_to_cores(uint32_t num_cores, uint32_t grid_size_x, uint32_t grid_size_y,
                                     bool row_wise = false);
/// The cores between two corners, row by row or column by column.
std::vector<CoreCoord> grid_to_cores(CoreCoord start, CoreCoord end, bool row_wise = false);

/// The cores up to (bbox_x, bbox_y), then the other cores of the grid.
std::vector<CoreCoord> grid_to_cores_with_noop(uint32_t bbox_x, uint32_t bbox_y, uint32_t grid_size_x,
                                               uint32_t grid_size_y, bool row_wise = false);
/// The used cores, then the others.
std::vector<CoreCoord> grid_to_cores_with_noop(const CoreRangeSet& used_cores, const CoreRangeSet& all_cores,
                                               bool row_wise = false);

/// The cores of a set, rectangle by rectangle; at most `max_cores` of them.
std::vector<CoreCoord> corerange_to_cores(const CoreRangeSet& crs, std::optional<uint32_t> max_cores = std::nullopt,
                                          bool row_wise = false);

/// The cores from position `start_index` to `end_index`, both included, one rectangle each.
CoreRangeSet select_from_corerangeset(const CoreRangeSet& crs, uint32_t start_index, uint32_t end_index,
                                      bool row_wise = false);

/// The first rectangle of the set that has room for one that reaches `x` and `y` beyond its start.
std::optional<CoreRange> select_contiguous_range_from_corerangeset(const CoreRangeSet& crs, uint32_t x, uint32_t y);

}  // namespace tt::tt_metal

// Older programs use these names without a namespace.
using CoreCoord = tt::tt_metal::CoreCoord;
using CoreRange = tt::tt_metal::CoreRange;
using CoreRangeSet = tt::tt_metal::CoreRangeSet;
using tt::tt_metal::corerange_to_cores;
using tt::tt_metal::grid_to_cores;
using tt::tt_metal::grid_to_cores_with_noop;
using tt::tt_metal::RelativeCoreCoord;
using tt::tt_metal::select_contiguous_range_from_corerangeset;
using tt::tt_metal::select_from_corerangeset;

template <>
struct fmt::formatter<tt::tt_metal::CoreCoord> {
    constexpr auto parse(format_parse_context& ctx) -> format_parse_context::iterator { return ctx.begin(); }
    auto format(const tt::tt_metal::CoreCoord& core_coord, format_context& ctx) const -> format_context::iterator;
};

template <>
struct fmt::formatter<tt::tt_metal::CoreRange> {
    constexpr auto parse(format_parse_context& ctx) -> format_parse_context::iterator { return ctx.begin(); }
    auto format(const tt::tt_metal::CoreRange& core_range, format_context& ctx) const -> format_context::iterator;
};

template <>
struct fmt::formatter<tt::tt_metal::CoreRangeSet> {
    constexpr auto parse(format_parse_context& ctx) -> format_parse_context::iterator { return ctx.begin(); }
    auto format(const tt::tt_metal::CoreRangeSet& core_range_set, format_context& ctx) const
        -> format_context::iterator;
};

namespace std {

template <>
struct hash<tt::tt_metal::RelativeCoreCoord> {
    std::size_t operator()(const tt::tt_metal::RelativeCoreCoord& core_coord) const;
};

template <>
struct hash<tt::tt_metal::CoreRange> {
    std::size_t operator()(const tt::tt_metal::CoreRange& core_range) const;
};

template <>
struct hash<tt::tt_metal::CoreRangeSet> {
    std::size_t operator()(const tt::tt_metal::CoreRangeSet& core_range_set) const;
};

}  // namespace std
