// Choices that a compute kernel is configured with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <stdexcept>

#include <fmt/base.h>

/// How many passes the matrix engine makes over the bits of its operands.
enum class MathFidelity : uint8_t {
    LoFi = 0,
    HiFi2 = 2,
    HiFi3 = 3,
    HiFi4 = 4,
    Invalid = 0xff,
};

/// The name of a fidelity, "Invalid" for all others.
constexpr const char* math_fidelity_name(MathFidelity fidelity) {
    switch (fidelity) {
        case MathFidelity::LoFi:
            return "LoFi";
        case MathFidelity::HiFi2:
            return "HiFi2";
        case MathFidelity::HiFi3:
            return "HiFi3";
        case MathFidelity::HiFi4:
            return "HiFi4";
        default:
            return "Invalid";
    }
}

inline std::ostream& operator<<(std::ostream& os, const MathFidelity& fidelity) {
    return os << math_fidelity_name(fidelity);
}

template <>
struct std::hash<MathFidelity> {
    std::size_t operator()(const MathFidelity& fidelity) const noexcept { return static_cast<std::size_t>(fidelity); }
};

template <>
struct fmt::formatter<MathFidelity> : fmt::formatter<fmt::string_view> {
    template <typename Context>
    auto format(MathFidelity fidelity, Context& ctx) const {
        return fmt::formatter<fmt::string_view>::format(math_fidelity_name(fidelity), ctx);
    }
};

/// Where a circular buffer is unpacked to. UnpackToDestFp32 keeps all bits of Float32 on the way to DST, and then the
/// buffer cannot feed the source registers.
enum class UnpackToDestMode : uint8_t { UnpackToDestFp32, Default };
