// Which arguments of a tensor accessor are compile-time constants, and which are common runtime arguments.
#pragma once

#include <cstdint>
#include <type_traits>

namespace tensor_accessor {

/// A set of the bits of an enumeration.
template <typename Enum>
class Flags {
public:
    using Underlying = std::underlying_type_t<Enum>;

    constexpr Flags() noexcept = default;
    constexpr Flags(Enum bits) noexcept : bits_(static_cast<Underlying>(bits)) {}
    constexpr explicit Flags(Underlying raw) noexcept : bits_(raw) {}

    /// True where all bits of `bits` are set, and where `bits` is nothing, where nothing is set.
    constexpr bool test(Enum bits) const noexcept {
        const auto wanted = static_cast<Underlying>(bits);
        return wanted ? (bits_ & wanted) == wanted : bits_ == 0;
    }
    constexpr Flags& set(Enum bits, bool on = true) noexcept {
        const auto mask = static_cast<Underlying>(bits);
        bits_ = static_cast<Underlying>(on ? bits_ | mask : bits_ & static_cast<Underlying>(~mask));
        return *this;
    }
    constexpr Flags& reset(Enum bits) noexcept { return set(bits, false); }
    constexpr Underlying raw() const noexcept { return bits_; }
    constexpr explicit operator bool() const noexcept { return bits_ != 0; }

    constexpr Flags operator|(Flags other) const noexcept { return Flags(static_cast<Underlying>(bits_ | other.bits_)); }
    constexpr Flags operator&(Flags other) const noexcept { return Flags(static_cast<Underlying>(bits_ & other.bits_)); }
    constexpr Flags operator^(Flags other) const noexcept { return Flags(static_cast<Underlying>(bits_ ^ other.bits_)); }
    constexpr Flags operator~() const noexcept { return Flags(static_cast<Underlying>(~bits_)); }
    constexpr Flags& operator|=(Flags other) noexcept { return *this = *this | other; }
    constexpr Flags& operator&=(Flags other) noexcept { return *this = *this & other; }
    constexpr bool operator==(const Flags&) const noexcept = default;

private:
    Underlying bits_ = 0;
};

/// The first compile-time argument of an accessor. Runtime* moves that part to the common runtime arguments.
enum class ArgConfig : uint8_t {
    None = 0,
    Sharded = 1 << 0,
    IsDram = 1 << 1,
    RuntimeRank = 1 << 2,
    RuntimeNumBanks = 1 << 3,
    RuntimeTensorShape = 1 << 4,
    RuntimeShardShape = 1 << 5,
    RuntimeBankCoords = 1 << 6,
    Runtime = RuntimeRank | RuntimeNumBanks | RuntimeTensorShape | RuntimeShardShape | RuntimeBankCoords,
};

using ArgsConfig = Flags<ArgConfig>;
constexpr ArgsConfig operator|(ArgConfig a, ArgConfig b) noexcept { return ArgsConfig(a) | ArgsConfig(b); }
constexpr ArgsConfig operator|(ArgConfig a, ArgsConfig b) noexcept { return ArgsConfig(a) | b; }

}  // namespace tensor_accessor
