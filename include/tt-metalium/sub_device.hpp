// A part of a device's cores that runs programs of its own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/hal_types.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal {

/// A value: cores by kind (Tensix, Ethernet).
class SubDevice {
public:
    /// At most one set of cores a kind, in the order of HalProgrammableCoreType.
    explicit SubDevice(tt::stl::Span<const CoreRangeSet> cores);

    template <std::size_t N>
    explicit SubDevice(const std::array<CoreRangeSet, N>& cores)
        : SubDevice(tt::stl::Span<const CoreRangeSet>(cores.data(), cores.size())) {}

    bool has_core_type(HalProgrammableCoreType core_type) const { return num_cores(core_type) > 0; }
    uint32_t num_cores(HalProgrammableCoreType core_type) const;
    const CoreRangeSet& cores(HalProgrammableCoreType core_type) const;

private:
    std::array<CoreRangeSet, NumHalProgrammableCoreTypes> cores_;
};

}  // namespace tt::tt_metal
