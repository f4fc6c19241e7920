// Names of operations by device and runtime id, for the device profiler.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <umd/device/types/cluster_descriptor_types.hpp>

class ProfilerOptionalMetadata {
    using RuntimeID = uint32_t;

public:
    ProfilerOptionalMetadata(std::map<std::pair<tt::ChipId, RuntimeID>, std::string>&& runtime_map)
        : names_(std::move(runtime_map)) {}

    /// Empty when there is no name.
    const std::string& get_op_name(tt::ChipId device_id, RuntimeID runtime_id) const {
        static const std::string none;
        const auto found = names_.find({device_id, runtime_id});
        return found == names_.end() ? none : found->second;
    }

private:
    std::map<std::pair<tt::ChipId, RuntimeID>, std::string> names_;
};
