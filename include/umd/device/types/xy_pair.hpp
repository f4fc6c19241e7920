// A pair of grid coordinates, and the same with a chip number.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <ostream>
#include <string>

namespace tt {

/// Coordinates in a grid of cores; which grid (logical, virtual, physical) is up to the user. Ordered by x, then y.
struct xy_pair {
    constexpr xy_pair() = default;
    constexpr xy_pair(std::size_t x, std::size_t y) : x(x), y(y) {}

    std::size_t x = 0;
    std::size_t y = 0;

    /// "(x=1,y=2)".
    std::string str() const { return "(x=" + std::to_string(x) + ",y=" + std::to_string(y) + ")"; }

    friend constexpr bool operator==(const xy_pair&, const xy_pair&) = default;
    friend constexpr auto operator<=>(const xy_pair&, const xy_pair&) = default;
};

/// Coordinates on one chip. Ordered by chip, then x, then y.
struct cxy_pair : xy_pair {
    constexpr cxy_pair() = default;
    constexpr cxy_pair(std::size_t chip, xy_pair pair) : xy_pair(pair), chip(chip) {}
    constexpr cxy_pair(std::size_t chip, std::size_t x, std::size_t y) : xy_pair(x, y), chip(chip) {}

    std::size_t chip = 0;

    /// "(chip=0,x=1,y=2)".
    std::string str() const {
        return "(chip=" + std::to_string(chip) + ",x=" + std::to_string(x) + ",y=" + std::to_string(y) + ")";
    }

    friend constexpr bool operator==(const cxy_pair&, const cxy_pair&) = default;
    friend constexpr std::strong_ordering operator<=>(const cxy_pair& a, const cxy_pair& b) {
        if (auto order = a.chip <=> b.chip; order != 0) {
            return order;
        }
        return static_cast<const xy_pair&>(a) <=> static_cast<const xy_pair&>(b);
    }
};

inline std::ostream& operator<<(std::ostream& os, const xy_pair& pair) {
    return os << pair.str();
}
inline std::ostream& operator<<(std::ostream& os, const cxy_pair& pair) {
    return os << pair.str();
}

}  // namespace tt

using tt_xy_pair = tt::xy_pair;
using tt_cxy_pair = tt::cxy_pair;

template <>
struct std::hash<tt::xy_pair> {
    std::size_t operator()(const tt::xy_pair& pair) const noexcept {
        return std::hash<std::size_t>{}(pair.x * 0x9e3779b97f4a7c15ull + pair.y);
    }
};

template <>
struct std::hash<tt::cxy_pair> {
    std::size_t operator()(const tt::cxy_pair& pair) const noexcept {
        return std::hash<tt::xy_pair>{}(pair) ^ (std::hash<std::size_t>{}(pair.chip) << 1);
    }
};
