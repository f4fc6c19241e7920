// Small helpers under the names that earlier programs use.
#pragma once

#include <cstdint>

#include <hostdevcommon/common_values.hpp>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/assert.hpp>
#include <tt-metalium/data_types.hpp>
#include <tt-metalium/hal_types.hpp>
#include <tt-metalium/math.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>
#include <umd/device/types/core_coordinates.hpp>

namespace tt::tt_metal::detail {

/// Bytes of a 32x32 tile.
inline uint32_t TileSize(const DataFormat& data_format) {
    return tt::tile_size(data_format);
}

/// The programmable kind of a core. Throws for cores that run no programs.
inline HalProgrammableCoreType hal_programmable_core_type_from_core_type(CoreType core_type) {
    switch (core_type) {
        case CoreType::WORKER:
        case CoreType::TENSIX:
            return HalProgrammableCoreType::TENSIX;
        case CoreType::ACTIVE_ETH:
            return HalProgrammableCoreType::ACTIVE_ETH;
        case CoreType::IDLE_ETH:
            return HalProgrammableCoreType::IDLE_ETH;
        default:
            TT_THROW("Cores of type {} are not programmable", core_type);
    }
}

}  // namespace tt::tt_metal::detail
