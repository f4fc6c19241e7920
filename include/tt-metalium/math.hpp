// Integer division and rounding to multiples.
#pragma once

#include <cassert>
#include <cstdint>
#include <type_traits>

namespace tt {

/// The least integer not below a / b. b must not be 0.
template <typename A, typename B>
constexpr auto div_up(A a, B b) noexcept -> std::common_type_t<A, B> {
    using T = std::common_type_t<A, B>;
    assert(b != 0);
    return static_cast<T>((static_cast<T>(a) + static_cast<T>(b) - 1) / static_cast<T>(b));
}

/// The least multiple of b not below a.
template <typename A, typename B>
constexpr auto round_up(A a, B b) -> std::common_type_t<A, B> {
    using T = std::common_type_t<A, B>;
    return static_cast<T>(static_cast<T>(b) * div_up(static_cast<T>(a), static_cast<T>(b)));
}

/// The greatest multiple of b not above a.
template <typename A, typename B>
constexpr auto round_down(A a, B b) -> std::common_type_t<A, B> {
    using T = std::common_type_t<A, B>;
    return static_cast<T>(static_cast<T>(b) * (static_cast<T>(a) / static_cast<T>(b)));
}

/// 2 to the power of an exponent below 32.
constexpr uint32_t positive_pow_of_2(uint32_t exponent) {
    assert(exponent < 32);
    return uint32_t{1} << exponent;
}

}  // namespace tt
