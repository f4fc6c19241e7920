// Chip families by the names that programs use.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include <fmt/base.h>

namespace tt {

/// The family of a chip. Tessera simulates WORMHOLE_B0 and BLACKHOLE; the others exist so that programs can name them.
enum class ARCH : uint8_t {
    GRAYSKULL = 1,
    WORMHOLE_B0 = 2,
    BLACKHOLE = 3,
    QUASAR = 4,
    Invalid = 0xff,
};

/// "wormhole_b0", "blackhole", ...
inline std::string arch_to_str(ARCH arch) {
    switch (arch) {
        case ARCH::GRAYSKULL:
            return "grayskull";
        case ARCH::WORMHOLE_B0:
            return "wormhole_b0";
        case ARCH::BLACKHOLE:
            return "blackhole";
        case ARCH::QUASAR:
            return "quasar";
        default:
            return "invalid";
    }
}
inline std::string get_string(ARCH arch) {
    return arch_to_str(arch);
}
inline std::string get_string_lowercase(ARCH arch) {
    return arch_to_str(arch);
}

/// The family with this name (any case), or ARCH::Invalid.
inline ARCH arch_from_str(const std::string& name) {
    std::string lower;
    for (char c : name) {
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    for (ARCH arch : {ARCH::GRAYSKULL, ARCH::WORMHOLE_B0, ARCH::BLACKHOLE, ARCH::QUASAR}) {
        if (lower == arch_to_str(arch)) {
            return arch;
        }
    }
    return lower == "wormhole" ? ARCH::WORMHOLE_B0 : ARCH::Invalid;
}

inline std::ostream& operator<<(std::ostream& os, ARCH arch) {
    return os << arch_to_str(arch);
}

}  // namespace tt

template <>
struct fmt::formatter<tt::ARCH> : fmt::formatter<fmt::string_view> {
    template <typename Context>
    auto format(tt::ARCH arch, Context& ctx) const {
        return fmt::formatter<fmt::string_view>::format(tt::arch_to_str(arch), ctx);
    }
};
