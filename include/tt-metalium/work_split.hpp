// Dividing work between cores.
#pragma once

#include <cstdint>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <tt-metalium/core_coord.hpp>

namespace tt::tt_metal {

/// How many reads are left where as many sticks as fit into `max_read_size` bytes and divide the total become one.
uint32_t merge_num_sticks_to_read(uint32_t num_sticks_to_read, uint32_t stick_size_bytes, uint32_t max_read_size);

/// The greatest number of cores up to `num_cores_max` that divides the tiles, and the tiles of each.
std::tuple<uint32_t, uint32_t> get_max_cores_divisible_by_tiles_per_core_tiles(const uint32_t& num_tiles,
                                                                               const uint32_t& num_cores_max,
                                                                               bool request_even = false);

/// The greatest divisor of `val` up to a bound, other than 5 and 7.
int find_max_divisor(uint32_t val, uint32_t start_max_div);

/// The greatest divisor of `val` up to a bound.
int find_max_block_size(uint32_t val, uint32_t max_block_size = 8);

/// The first cores of a grid from `start_core` on, row by row or column by column, in at most three rectangles.
CoreRangeSet num_cores_to_corerangeset(CoreCoord start_core, uint32_t target_num_cores, CoreCoord grid_size,
                                       bool row_wise = false);
CoreRangeSet num_cores_to_corerangeset(uint32_t target_num_cores, CoreCoord grid_size, bool row_wise = false);

/// The same from within a set of rectangles, one rectangle after the other.
CoreRangeSet num_cores_to_corerangeset_in_subcoregrids(CoreCoord start_core, uint32_t target_num_cores,
                                                       const CoreRangeSet& sub_core_grids, bool row_wise = false);

/// Cores used, all of them, those that get one unit more, those that get fewer, units of the former and of the latter.
/// Where the work divides evenly all cores are in the first group, and the second has 0 units.
std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t> split_work_to_cores(
    CoreCoord grid_size, uint32_t units_to_divide, bool row_wise = false);
std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t> split_work_to_cores(
    const CoreRangeSet& core_grid, uint32_t units_to_divide, bool row_wise = false);

/// Units by core, dealt `multiple` at a time, and the cores.
std::tuple<std::vector<uint32_t>, CoreRangeSet> split_work_to_cores_even_multiples(const CoreCoord& core_grid,
                                                                                   uint32_t units_to_divide,
                                                                                   uint32_t multiple,
                                                                                   bool row_wise = false);

/// The older form of num_cores_to_corerangeset.
std::set<CoreRange> num_cores_to_corerange_set(CoreCoord start_core, uint32_t target_num_cores, CoreCoord grid_size,
                                               bool row_wise = false);
std::set<CoreRange> num_cores_to_corerange_set(uint32_t target_num_cores, CoreCoord grid_size, bool row_wise = false);

}  // namespace tt::tt_metal

// Programs of 2024 name these in namespace tt, or in none.
namespace tt {
using tt_metal::find_max_block_size;
using tt_metal::find_max_divisor;
using tt_metal::get_max_cores_divisible_by_tiles_per_core_tiles;
using tt_metal::merge_num_sticks_to_read;
using tt_metal::num_cores_to_corerange_set;
using tt_metal::split_work_to_cores;
}  // namespace tt
