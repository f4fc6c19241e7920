// Which cores would run command dispatch. The simulated board has no dispatch cores: the choice is accepted and has no
// effect on results, and the worker grid is the same for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/data_types.hpp>

namespace tt::tt_metal {

enum class DispatchCoreType : uint32_t { WORKER, ETH, COUNT };

enum class DispatchCoreAxis { ROW, COL, COUNT };

/// Kind and orientation of the dispatch cores of a device.
class DispatchCoreConfig {
public:
    DispatchCoreConfig() = default;
    DispatchCoreConfig(DispatchCoreType type) : type_(type) {}
    DispatchCoreConfig(DispatchCoreType type, DispatchCoreAxis axis) : type_(type), axis_(axis) {}

    static constexpr auto attribute_names = std::forward_as_tuple("type", "axis");
    auto attribute_values() const { return std::forward_as_tuple(type_, axis_); }

    DispatchCoreType get_dispatch_core_type() const { return type_; }
    void set_dispatch_core_type(DispatchCoreType new_type) { type_ = new_type; }

    /// The axis asked for, or the chip's own: rows on Wormhole, columns on Blackhole.
    DispatchCoreAxis get_dispatch_core_axis() const { return axis_.value_or(get_default_axis()); }
    void set_dispatch_core_axis(DispatchCoreAxis new_axis) { axis_ = new_axis; }

    bool operator==(const DispatchCoreConfig& other) const = default;

private:
    static DispatchCoreAxis get_default_axis();

    DispatchCoreType type_ = DispatchCoreType::WORKER;
    std::optional<DispatchCoreAxis> axis_;
};

}  // namespace tt::tt_metal

template <>
struct std::hash<tt::tt_metal::DispatchCoreConfig> {
    std::size_t operator()(const tt::tt_metal::DispatchCoreConfig& config) const {
        return static_cast<std::size_t>(config.get_dispatch_core_type()) * 31 +
               static_cast<std::size_t>(config.get_dispatch_core_axis());
    }
};
