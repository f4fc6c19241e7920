// A vector for short lists such as shapes.
#pragma once

#include <cstddef>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>

#include <tt_stl/span.hpp>

namespace ttsl {

/// A vector; `N` is a hint of the usual length and changes nothing that a program can see.
template <typename T, std::size_t N = 8>
class SmallVector : public std::vector<T> {
public:
    using std::vector<T>::vector;
    SmallVector() = default;
    explicit SmallVector(std::vector<T> values) : std::vector<T>(std::move(values)) {}
};

template <typename T, std::size_t N>
std::ostream& operator<<(std::ostream& os, const SmallVector<T, N>& values) {
    os << "SmallVector([";
    for (std::size_t i = 0; i < values.size(); ++i) {
        os << (i ? ", " : "") << values[i];
    }
    return os << "])";
}

}  // namespace ttsl

template <typename T, std::size_t N>
struct std::hash<ttsl::SmallVector<T, N>> {
    std::size_t operator()(const ttsl::SmallVector<T, N>& values) const noexcept {
        std::size_t seed = values.size();
        for (const T& value : values) {
            seed ^= std::hash<T>{}(value) + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2);
        }
        return seed;
    }
};
