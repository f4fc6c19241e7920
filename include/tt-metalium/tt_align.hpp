// Rounding an address up to an alignment.
#pragma once

#include <cstdint>
#include <type_traits>

namespace tt {

/// The least multiple of `alignment` (a power of two) not below `addr`; 0 stays 0.
template <typename T1, typename T2>
constexpr std::common_type_t<T1, T2> align(T1 addr, T2 alignment) {
    static_assert(std::is_integral_v<T1> && std::is_integral_v<T2>, "align() takes integers");
    using T = std::common_type_t<T1, T2>;
    const T mask = static_cast<T>(alignment) - 1;
    return (static_cast<T>(addr) + mask) & ~mask;
}

}  // namespace tt

// Programs up to 2025 call it without the namespace.
using tt::align;
