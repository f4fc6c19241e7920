// Names of enumerators, for programs that include the magic_enum library only because TT-Metalium brought it along.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace magic_enum {

namespace detail {

/// Enumerators are looked for among these values.
inline constexpr int FIRST = -128;
inline constexpr int LAST = 255;

template <auto value>
constexpr auto spelled() {
    // "... value = ns::Enum::Name]", or "value = (ns::Enum)7]" where there is no such enumerator.
    std::string_view text = __PRETTY_FUNCTION__;
    text.remove_suffix(1);
    text = text.substr(text.find_last_of(":= )") + 1);
    const bool is_number = text.empty() || text.front() == '-' || (text.front() >= '0' && text.front() <= '9');
    return is_number ? std::string_view() : text;
}

template <typename E, int at>
constexpr std::string_view name_at() {
    constexpr auto number = static_cast<std::underlying_type_t<E>>(at);
    if constexpr (static_cast<int>(number) != at) {
        return {};
    } else {
        // An enumeration without a fixed type holds only as many bits as its enumerators need: casting another value is
        // no constant expression, taking over its bits is.
        return spelled<std::bit_cast<E>(number)>();
    }
}

template <typename E>
struct Table {
    template <int... offset>
    static constexpr auto names(std::integer_sequence<int, offset...>) {
        return std::array<std::string_view, sizeof...(offset)>{name_at<E, FIRST + offset>()...};
    }
    /// The name of FIRST + i at i; empty when there is no such enumerator.
    static constexpr auto all = names(std::make_integer_sequence<int, LAST - FIRST + 1>());
    static constexpr std::size_t count = [] {
        std::size_t found = 0;
        for (std::string_view name : all) {
            found += !name.empty();
        }
        return found;
    }();
};

}  // namespace detail

template <typename E>
concept Enum = std::is_enum_v<std::decay_t<E>>;

/// How many enumerators have values from -128 to 255.
template <Enum E>
constexpr std::size_t enum_count() noexcept {
    return detail::Table<E>::count;
}

/// The enumerator's name for values -128 to 255; empty when there is none.
template <Enum E>
constexpr std::string_view enum_name(E value) noexcept {
    const auto number = static_cast<std::underlying_type_t<E>>(value);
    if (std::cmp_less(number, detail::FIRST) || std::cmp_greater(number, detail::LAST)) {
        return {};
    }
    return detail::Table<E>::all[static_cast<std::size_t>(static_cast<int>(number) - detail::FIRST)];
}

/// The name of an enumerator that is known when the program is compiled.
template <auto value>
    requires Enum<decltype(value)>
constexpr std::string_view enum_name() noexcept {
    return detail::spelled<value>();
}

/// The enumerators, ascending.
template <Enum E>
constexpr auto enum_values() noexcept {
    std::array<E, enum_count<E>()> values{};
    std::size_t next = 0;
    for (int at = detail::FIRST; at <= detail::LAST; ++at) {
        if (!detail::Table<E>::all[static_cast<std::size_t>(at - detail::FIRST)].empty()) {
            values[next++] = static_cast<E>(at);
        }
    }
    return values;
}

/// Their names, in the same order.
template <Enum E>
constexpr auto enum_names() noexcept {
    std::array<std::string_view, enum_count<E>()> names{};
    std::size_t next = 0;
    for (E value : enum_values<E>()) {
        names[next++] = enum_name(value);
    }
    return names;
}

/// Values with their names, in the same order.
template <Enum E>
constexpr auto enum_entries() noexcept {
    std::array<std::pair<E, std::string_view>, enum_count<E>()> entries{};
    std::size_t next = 0;
    for (E value : enum_values<E>()) {
        entries[next++] = {value, enum_name(value)};
    }
    return entries;
}

/// The enumerator of that name; nothing when there is none.
template <Enum E>
constexpr std::optional<E> enum_cast(std::string_view name) noexcept {
    for (E value : enum_values<E>()) {
        if (enum_name(value) == name) {
            return value;
        }
    }
    return std::nullopt;
}

/// The enumerator of that value; nothing when there is none.
template <Enum E>
constexpr std::optional<E> enum_cast(std::underlying_type_t<E> number) noexcept {
    for (E value : enum_values<E>()) {
        if (static_cast<std::underlying_type_t<E>>(value) == number) {
            return value;
        }
    }
    return std::nullopt;
}

/// Whether `value` is one of the enumerators.
template <Enum E>
constexpr bool enum_contains(E value) noexcept {
    return !enum_name(value).empty();
}

/// The enumerator's number.
template <Enum E>
constexpr auto enum_integer(E value) noexcept {
    return static_cast<std::underlying_type_t<E>>(value);
}

}  // namespace magic_enum
