// Names of enumerators, for programs that include the magic_enum library only because TT-Metalium brought it along.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace magic_enum {

namespace detail {

template <auto value>
constexpr std::string_view spelled() {
    // "... [value = ns::Enum::Name]", or "[value = (ns::Enum)7]" where there is no such enumerator.
    std::string_view text = __PRETTY_FUNCTION__;
    text.remove_suffix(1);
    if (text.back() == ')' || text.find('(', text.rfind('=')) != std::string_view::npos) {
        return {};
    }
    return text.substr(text.find_last_of(":= ") + 1);
}

template <typename E, int at>
constexpr std::string_view search(E value) {
    if constexpr (at > 255) {
        return {};
    } else {
        return static_cast<int>(value) == at ? spelled<static_cast<E>(at)>() : search<E, at + 1>(value);
    }
}

}  // namespace detail

/// The enumerator's name for values 0 to 255; empty when there is none.
template <typename E>
    requires std::is_enum_v<E>
constexpr std::string_view enum_name(E value) {
    return detail::search<E, 0>(value);
}

namespace detail {

template <typename E, int... at>
constexpr auto values_of(std::integer_sequence<int, at...>) {
    constexpr std::size_t count = (std::size_t{!spelled<static_cast<E>(at)>().empty()} + ... + 0);
    std::array<E, count> values{};
    std::size_t next = 0;
    ((spelled<static_cast<E>(at)>().empty() ? void() : void(values[next++] = static_cast<E>(at))), ...);
    return values;
}

}  // namespace detail

/// The enumerators with values 0 to 255, ascending.
template <typename E>
    requires std::is_enum_v<E>
constexpr auto enum_values() {
    return detail::values_of<E>(std::make_integer_sequence<int, 256>());
}

}  // namespace magic_enum
