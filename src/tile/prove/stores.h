// Where the blocks of a kernel store, as far as it is known while compiling: coverage.cpp adds it up.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <tile/ir/stmt.h>

namespace tessera::tile::prove {

/// A number that runs from 0 on: of a block along an axis of the grid, or of a turn of a loop.
struct Counter {
    int64_t size = 1;
    bool grid = false;  ///< different ones are different blocks
    /// Of a sum that is taken apart again: its parts, which are used in no other way.
    std::vector<ir::Var> parts;
};

/// counter / over % size, times factor
struct Digit {
    const ir::VarNode* counter = nullptr;
    int64_t over = 1, size = 1, factor = 1;
    bool operator==(const Digit&) const = default;
};

/// Where a store lies along one dimension.
struct Line {
    int64_t begin = 0, extent = 1;
    std::vector<Digit> digits;
};

struct Store {
    ir::Buffer tensor;
    Span span;
    size_t launch = 0;
    bool atomic = false;
    std::vector<Line> lines;
    std::vector<int64_t> limit;  ///< by dimension: elements from there on are left out by a condition
    std::map<const ir::VarNode*, Counter> counters;
    std::vector<ir::Var> made;  ///< counters that are sums of others
    std::string unknown;        ///< why it is not known where or whether it happens
};

/// All stores of the kernel's launches to its tensors, in order.
std::vector<Store> stores_of(const ir::Kernel& kernel);

}  // namespace tessera::tile::prove
