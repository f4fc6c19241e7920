// A set of flags over a scoped enumeration. Shared by host and kernels.
#pragma once

#include <type_traits>

template <typename E>
class Flags {
public:
    static_assert(std::is_enum_v<E>, "Flags<E> requires E to be an enum");
    using Underlying = std::underlying_type_t<E>;

    constexpr Flags() noexcept = default;
    constexpr Flags(E value) noexcept : bits_(static_cast<Underlying>(value)) {}
    constexpr Flags(E a, E b) noexcept
        : bits_(static_cast<Underlying>(static_cast<Underlying>(a) | static_cast<Underlying>(b))) {}
    constexpr explicit Flags(Underlying bits) noexcept : bits_(bits) {}

    constexpr Flags operator|(E other) const noexcept { return *this | Flags(other); }
    constexpr Flags operator|(Flags other) const noexcept {
        return Flags(static_cast<Underlying>(bits_ | other.bits_));
    }
    constexpr Flags operator&(E other) const noexcept { return *this & Flags(other); }
    constexpr Flags operator&(Flags other) const noexcept {
        return Flags(static_cast<Underlying>(bits_ & other.bits_));
    }
    constexpr Flags& operator|=(E other) noexcept { return *this = *this | other; }
    constexpr Flags& operator|=(Flags other) noexcept { return *this = *this | other; }
    constexpr Flags& operator&=(Flags other) noexcept { return *this = *this & other; }
    constexpr bool operator==(const Flags&) const noexcept = default;

    /// True if all bits of `flag` are set.
    constexpr bool test(E flag) const noexcept { return (*this & flag) == Flags(flag); }
    constexpr void set(E flag, bool value = true) noexcept {
        bits_ = static_cast<Underlying>(value ? bits_ | static_cast<Underlying>(flag)
                                              : bits_ & ~static_cast<Underlying>(flag));
    }
    constexpr Underlying raw() const noexcept { return bits_; }

private:
    Underlying bits_ = 0;
};
