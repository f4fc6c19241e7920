// Integers that do not mix: two StrongTypes with different tags are different types.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <ostream>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/base.h>

namespace ttsl {

/// Wraps a `T`; `Tag` tells apart wrappers of the same `T`. Constructed explicitly, read by `get()` or `*`.
template <typename T, typename Tag>
class StrongType {
public:
    using value_type = T;

    constexpr explicit StrongType(T value) : value_(std::move(value)) {}

    constexpr const T& get() const { return value_; }
    constexpr const T& operator*() const { return value_; }

    friend constexpr auto operator<=>(const StrongType&, const StrongType&) = default;
    friend constexpr bool operator==(const StrongType&, const StrongType&) = default;

    static constexpr auto attribute_names = std::make_tuple("value");
    auto attribute_values() const { return std::forward_as_tuple(value_); }

private:
    T value_;
};

template <typename T, typename Tag>
std::ostream& operator<<(std::ostream& os, const StrongType<T, Tag>& value) {
    return os << +*value;
}

}  // namespace ttsl

namespace tt {
namespace stl = ::ttsl;
}  // namespace tt

template <typename T, typename Tag>
struct std::hash<ttsl::StrongType<T, Tag>> {
    std::size_t operator()(const ttsl::StrongType<T, Tag>& value) const noexcept { return std::hash<T>{}(*value); }
};

template <typename T, typename Tag>
struct fmt::formatter<ttsl::StrongType<T, Tag>> : fmt::formatter<T> {
    template <typename Context>
    auto format(const ttsl::StrongType<T, Tag>& value, Context& ctx) const {
        return fmt::formatter<T>::format(*value, ctx);
    }
};
