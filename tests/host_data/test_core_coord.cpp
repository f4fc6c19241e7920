// Sets of rectangles against sets of points.
#include <random>
#include <set>
#include <sstream>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/work_split.hpp>

namespace {

using namespace tt::tt_metal;

std::set<CoreCoord> points(const CoreRangeSet& set) {
    std::set<CoreCoord> result;
    for (const CoreRange& range : set.ranges()) {
        for (const CoreCoord& core : range) {
            EXPECT_TRUE(result.insert(core).second) << "ranges overlap";
        }
    }
    return result;
}

CoreRangeSet random_set(std::mt19937& generator) {
    std::vector<CoreCoord> cores;
    for (size_t x = 0; x < 6; ++x) {
        for (size_t y = 0; y < 5; ++y) {
            if (generator() % 2) {
                cores.emplace_back(x, y);
            }
        }
    }
    return CoreRangeSet(ttsl::Span<const CoreCoord>(cores));
}

TEST(CoreRangeSet, AlgebraIsThatOfSetsOfPoints) {
    std::mt19937 generator(3);
    for (int i = 0; i < 200; ++i) {
        const CoreRangeSet a = random_set(generator);
        const CoreRangeSet b = random_set(generator);
        const auto in_a = points(a);
        const auto in_b = points(b);
        std::set<CoreCoord> both, either = in_a, only_a;
        for (const auto& core : in_a) {
            (in_b.contains(core) ? both : only_a).insert(core);
        }
        either.insert(in_b.begin(), in_b.end());
        EXPECT_EQ(points(a.merge(b)), either);
        EXPECT_EQ(points(a.merge(b.ranges())), either);
        EXPECT_EQ(points(a.intersection(b)), both);
        EXPECT_EQ(points(a.subtract(b)), only_a);
        EXPECT_EQ(a.contains(b), only_a.size() + in_b.size() == in_a.size());
        EXPECT_EQ(a.intersects(b), !both.empty());
        EXPECT_EQ(a.num_cores(), in_a.size());
    }
}

TEST(CoreRangeSet, TextAndEquality) {
    const CoreRangeSet set(std::set<CoreRange>{CoreRange({0, 0}, {1, 1}), CoreRange({3, 3})});
    EXPECT_EQ(set.str(), "{[(x=0,y=0) - (x=1,y=1)], [(x=3,y=3) - (x=3,y=3)]}");
    EXPECT_EQ(CoreRangeSet().str(), "{}");
    EXPECT_EQ(fmt::format("{} {} {}", CoreCoord(1, 2), CoreRange({0, 0}, {1, 1}), set),
              "(x=1,y=2) [(x=0,y=0) - (x=1,y=1)] " + set.str());
    EXPECT_EQ(set, CoreRangeSet(std::vector<CoreRange>{CoreRange({0, 0}, {1, 1}), CoreRange({3, 3}, {3, 3})}));
    EXPECT_EQ(set.bounding_box(), CoreRange({0, 0}, {3, 3}));
    EXPECT_EQ(std::unordered_set<CoreRangeSet>({set, set}).size(), 1u);
    const CoreRangeSet merged =
        CoreRangeSet(std::vector<CoreRange>{CoreRange({0, 0}, {3, 0}), CoreRange({0, 1}, {3, 1})}).merge_ranges();
    EXPECT_EQ(merged, CoreRangeSet(CoreRange({0, 0}, {3, 1})));
}

TEST(CoreRangeSet, MistakesThrow) {
    EXPECT_ANY_THROW(CoreRange({2, 2}, {1, 3}));
    EXPECT_ANY_THROW(CoreRangeSet(std::set<CoreRange>{CoreRange({0, 0}, {2, 2}), CoreRange({1, 1}, {3, 3})}));
    EXPECT_ANY_THROW(CoreRangeSet().bounding_box());
}

TEST(Cores, OrderByRowsAndByColumns) {
    const std::vector<CoreCoord> rows{{0, 0}, {1, 0}, {2, 0}, {0, 1}};
    const std::vector<CoreCoord> cols{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    EXPECT_EQ(grid_to_cores(4, 3, 2, true), rows);
    EXPECT_EQ(grid_to_cores(4, 3, 2, false), cols);
    EXPECT_EQ(corerange_to_cores(CoreRangeSet(CoreRange({0, 0}, {2, 1})), 4, true), rows);
    EXPECT_EQ(grid_to_cores_with_noop(0, 0, 2, 2).size(), 4u);
}

/// The cores of a grid in order.
std::vector<CoreCoord> in_order(const CoreCoord& grid, bool row_wise) {
    std::vector<CoreCoord> cores;
    for (size_t i = 0; i < grid.x * grid.y; ++i) {
        cores.push_back(row_wise ? CoreCoord(i % grid.x, i / grid.x) : CoreCoord(i / grid.y, i % grid.y));
    }
    return cores;
}

TEST(WorkSplit, EveryUnitOnceAndCoresInOrder) {
    const CoreCoord grid(7, 5);
    for (const bool row_wise : {false, true}) {
        const auto order = in_order(grid, row_wise);
        for (uint32_t units = 1; units < 120; ++units) {
            const auto [cores, all, group_1, group_2, per_1, per_2] = split_work_to_cores(grid, units, row_wise);
            ASSERT_EQ(cores, std::min<uint32_t>(units, 35));
            ASSERT_EQ(all.num_cores(), cores);
            ASSERT_EQ(group_1.num_cores() * per_1 + group_2.num_cores() * per_2, units);
            ASSERT_EQ(group_1.num_cores() + group_2.num_cores(), cores);
            if (group_2.empty()) {
                ASSERT_EQ(per_2, 0u);
            } else {
                ASSERT_EQ(per_1, per_2 + 1);
            }
            const std::set<CoreCoord> first(order.begin(), order.begin() + group_1.num_cores());
            ASSERT_EQ(points(group_1), first);
            ASSERT_EQ(points(all), std::set<CoreCoord>(order.begin(), order.begin() + cores));

            const auto over_set = split_work_to_cores(CoreRangeSet(CoreRange({0, 0}, {6, 4})), units, row_wise);
            ASSERT_EQ(points(std::get<2>(over_set)), first);
        }
    }
    EXPECT_EQ(std::get<0>(split_work_to_cores(grid, 0)), 0u);
}

TEST(WorkSplit, CoresFromAStartInFewRectangles) {
    const CoreCoord grid(8, 8);
    const auto set = num_cores_to_corerangeset(CoreCoord(3, 1), 5 + 16 + 2, grid, true);
    EXPECT_EQ(set, CoreRangeSet(std::vector<CoreRange>{CoreRange({3, 1}, {7, 1}), CoreRange({0, 2}, {7, 3}),
                                                       CoreRange({0, 4}, {1, 4})}));
    EXPECT_ANY_THROW(num_cores_to_corerangeset(65, grid));
    const CoreRangeSet two(std::vector<CoreRange>{CoreRange({0, 0}, {1, 1}), CoreRange({4, 4}, {5, 5})});
    EXPECT_EQ(num_cores_to_corerangeset_in_subcoregrids({0, 0}, 5, two, true),
              CoreRangeSet(std::vector<CoreRange>{CoreRange({0, 0}, {1, 1}), CoreRange({4, 4})}));
    EXPECT_ANY_THROW(num_cores_to_corerangeset_in_subcoregrids({3, 3}, 1, two));
}

TEST(WorkSplit, Divisors) {
    EXPECT_EQ(find_max_divisor(35, 8), 1);
    EXPECT_EQ(find_max_divisor(24, 8), 8);
    EXPECT_EQ(find_max_block_size(35, 8), 7);
    EXPECT_EQ(get_max_cores_divisible_by_tiles_per_core_tiles(30, 8), (std::tuple<uint32_t, uint32_t>{6, 5}));
    const auto [units, cores] = split_work_to_cores_even_multiples({2, 2}, 10, 4);
    EXPECT_EQ(units, (std::vector<uint32_t>{4, 4, 2}));
    EXPECT_EQ(cores.num_cores(), 3u);
}

}  // namespace
