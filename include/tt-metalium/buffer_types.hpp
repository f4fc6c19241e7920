// Where a buffer lives and how it is spread.
#pragma once

#include <cstdint>
#include <ostream>

#include <fmt/base.h>

namespace tt::tt_metal {

/// How the pages of a buffer are laid out over banks.
enum class TensorMemoryLayout {
    INTERLEAVED = 0,  ///< page i in bank i mod banks
    SINGLE_BANK = 1,  ///< retired; no buffer can have it
    HEIGHT_SHARDED = 2,
    WIDTH_SHARDED = 3,
    BLOCK_SHARDED = 4,
};

/// The order in which shards go to the cores of a grid.
enum class ShardOrientation {
    ROW_MAJOR = 0,
    COL_MAJOR,
};

/// How shards are dealt to cores.
enum class ShardDistributionStrategy {
    ROUND_ROBIN_1D = 0,  ///< one after the other to the list of cores, again and again
    GRID_2D = 1,         ///< a grid of shards onto a grid of cores, one each
};

/// Old meaning of a shard's shape; PHYSICAL is the only one in use.
enum class ShardMode { PHYSICAL, LOGICAL };

enum class BufferType {
    DRAM,
    L1,
    SYSTEM_MEMORY,
    L1_SMALL,
    TRACE,
};

constexpr const char* to_string(BufferType type) {
    switch (type) {
        case BufferType::DRAM:
            return "DRAM";
        case BufferType::L1:
            return "L1";
        case BufferType::SYSTEM_MEMORY:
            return "SYSTEM_MEMORY";
        case BufferType::L1_SMALL:
            return "L1_SMALL";
        case BufferType::TRACE:
            return "TRACE";
    }
    return "UNKNOWN";
}

constexpr const char* to_string(TensorMemoryLayout layout) {
    switch (layout) {
        case TensorMemoryLayout::INTERLEAVED:
            return "INTERLEAVED";
        case TensorMemoryLayout::SINGLE_BANK:
            return "SINGLE_BANK";
        case TensorMemoryLayout::HEIGHT_SHARDED:
            return "HEIGHT_SHARDED";
        case TensorMemoryLayout::WIDTH_SHARDED:
            return "WIDTH_SHARDED";
        case TensorMemoryLayout::BLOCK_SHARDED:
            return "BLOCK_SHARDED";
    }
    return "UNKNOWN";
}

constexpr const char* to_string(ShardOrientation orientation) {
    return orientation == ShardOrientation::ROW_MAJOR ? "ROW_MAJOR" : "COL_MAJOR";
}

inline std::ostream& operator<<(std::ostream& os, BufferType type) {
    return os << to_string(type);
}
inline std::ostream& operator<<(std::ostream& os, TensorMemoryLayout layout) {
    return os << to_string(layout);
}
inline std::ostream& operator<<(std::ostream& os, ShardOrientation orientation) {
    return os << to_string(orientation);
}

}  // namespace tt::tt_metal

template <>
struct fmt::formatter<tt::tt_metal::BufferType> : fmt::formatter<fmt::string_view> {
    template <typename Context>
    auto format(tt::tt_metal::BufferType type, Context& ctx) const {
        return fmt::formatter<fmt::string_view>::format(tt::tt_metal::to_string(type), ctx);
    }
};

template <>
struct fmt::formatter<tt::tt_metal::TensorMemoryLayout> : fmt::formatter<fmt::string_view> {
    template <typename Context>
    auto format(tt::tt_metal::TensorMemoryLayout layout, Context& ctx) const {
        return fmt::formatter<fmt::string_view>::format(tt::tt_metal::to_string(layout), ctx);
    }
};

template <>
struct fmt::formatter<tt::tt_metal::ShardOrientation> : fmt::formatter<fmt::string_view> {
    template <typename Context>
    auto format(tt::tt_metal::ShardOrientation orientation, Context& ctx) const {
        return fmt::formatter<fmt::string_view>::format(tt::tt_metal::to_string(orientation), ctx);
    }
};
