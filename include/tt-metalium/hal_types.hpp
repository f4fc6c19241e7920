// Kinds of cores and memories as the hardware layer names them.
#pragma once

#include <cstdint>

#include <fmt/base.h>

namespace tt::tt_metal {

/// An address on a device, or a size in bytes.
using DeviceAddr = std::uint64_t;

enum class HalProcessorClassType : uint8_t { DM = 0, COMPUTE = 1 };

enum class HalProgrammableCoreType { TENSIX = 0, ACTIVE_ETH = 1, IDLE_ETH = 2, COUNT = 3 };

static constexpr uint32_t NumHalProgrammableCoreTypes = static_cast<uint32_t>(HalProgrammableCoreType::COUNT);

/// Regions of a core's L1.
enum class HalL1MemAddrType : uint8_t {
    BASE,
    BARRIER,
    MAILBOX,
    LAUNCH,
    WATCHER,
    DPRINT_BUFFERS,
    PROFILER,
    KERNEL_CONFIG,  ///< its end is the start of the memory that programs may use
    UNRESERVED,     ///< Ethernet cores only
    DEFAULT_UNRESERVED,
    CORE_INFO,
    GO_MSG,
    LAUNCH_MSG_BUFFER_RD_PTR,
    GO_MSG_INDEX,
    LOCAL,
    BANK_TO_NOC_SCRATCH,
    LOGICAL_TO_VIRTUAL_SCRATCH,
    APP_SYNC_INFO,
    APP_ROUTING_INFO,
    RETRAIN_COUNT,
    RETRAIN_FORCE,
    CRC_ERR,
    CORR_CW,
    UNCORR_CW,
    LINK_UP,
    FABRIC_TELEMETRY,
    ROUTING_TABLE,
    ROUTER_STATE,
    ROUTER_COMMAND,
    ETH_FW_MAILBOX,
    TENSIX_FABRIC_CONNECTIONS,
    FABRIC_CONNECTION_LOCK,
    COUNT,
};

enum class HalMemType : uint8_t { L1 = 0, DRAM = 1, HOST = 2, COUNT = 3 };

/// "L1", "DRAM" or "HOST".
constexpr const char* to_string(HalMemType type) {
    switch (type) {
        case HalMemType::L1:
            return "L1";
        case HalMemType::DRAM:
            return "DRAM";
        case HalMemType::HOST:
            return "HOST";
        default:
            return "UNKNOWN";
    }
}

}  // namespace tt::tt_metal

template <>
struct fmt::formatter<tt::tt_metal::HalMemType> : fmt::formatter<fmt::string_view> {
    template <typename Context>
    auto format(tt::tt_metal::HalMemType type, Context& ctx) const {
        return fmt::formatter<fmt::string_view>::format(tt::tt_metal::to_string(type), ctx);
    }
};
