// Kinds of cores on a chip.
#pragma once

#include <cstdint>
#include <ostream>
#include <string_view>

#include <fmt/base.h>
#include <umd/device/types/xy_pair.hpp>

namespace tt {

/// What a core is. TENSIX and WORKER name the same cores; ETH covers both states of Ethernet cores.
enum class CoreType : uint8_t {
    ARC,
    DRAM,
    ACTIVE_ETH,
    IDLE_ETH,
    PCIE,
    TENSIX,
    ROUTER_ONLY,
    SECURITY,
    L2CPU,
    HARVESTED,
    ETH,
    WORKER,
    COUNT,
};

/// Which coordinates a position is given in.
enum class CoordSystem : uint8_t { LOGICAL, NOC0, TRANSLATED, NOC1 };

inline std::string_view to_str(CoreType type) {
    constexpr std::string_view names[] = {"ARC",         "DRAM",     "ACTIVE_ETH", "IDLE_ETH",  "PCIE", "TENSIX",
                                          "ROUTER_ONLY", "SECURITY", "L2CPU",      "HARVESTED", "ETH",  "WORKER"};
    return type < CoreType::COUNT ? names[static_cast<uint8_t>(type)] : "UNKNOWN";
}

inline std::ostream& operator<<(std::ostream& os, CoreType type) {
    return os << to_str(type);
}

}  // namespace tt

using CoreType = tt::CoreType;

template <>
struct fmt::formatter<tt::CoreType> : fmt::formatter<fmt::string_view> {
    template <typename Context>
    auto format(tt::CoreType type, Context& ctx) const {
        const std::string_view name = tt::to_str(type);
        return fmt::formatter<fmt::string_view>::format(fmt::string_view(name.data(), name.size()), ctx);
    }
};
