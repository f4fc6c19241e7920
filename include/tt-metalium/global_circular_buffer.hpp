// A circular buffer between cores that outlives programs. The memory is laid out here; kernels' remote circular buffer
// calls are not part of the simulated device, so a program that places one is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/circular_buffer_config.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/program.hpp>

namespace tt::tt_metal {

class Buffer;
class IDevice;

namespace experimental {

class GlobalCircularBuffer {
public:
    /// Each sender core has its own receivers; size: bytes on each receiver.
    GlobalCircularBuffer(IDevice* device,
                         const std::vector<std::pair<CoreCoord, CoreRangeSet>>& sender_receiver_core_mapping,
                         uint32_t size, BufferType buffer_type = BufferType::L1);

    const Buffer& cb_buffer() const { return *cb_buffer_; }
    const CoreRangeSet& sender_cores() const { return sender_cores_; }
    const CoreRangeSet& receiver_cores() const { return receiver_cores_; }
    const CoreRangeSet& all_cores() const { return all_cores_; }
    DeviceAddr buffer_address() const;
    DeviceAddr config_address() const;
    uint32_t size() const { return size_; }
    const std::vector<std::pair<CoreCoord, CoreRangeSet>>& sender_receiver_core_mapping() const { return mapping_; }
    IDevice* get_device() const { return device_; }

    static constexpr auto attribute_names = std::forward_as_tuple("sender_receiver_core_mapping", "size");
    auto attribute_values() const { return std::make_tuple(mapping_, size_); }

private:
    IDevice* device_;
    std::vector<std::pair<CoreCoord, CoreRangeSet>> mapping_;
    CoreRangeSet sender_cores_;
    CoreRangeSet receiver_cores_;
    CoreRangeSet all_cores_;
    uint32_t size_ = 0;
    std::shared_ptr<Buffer> cb_buffer_;
    std::shared_ptr<Buffer> config_buffer_;
};

GlobalCircularBuffer CreateGlobalCircularBuffer(
    IDevice* device, const std::vector<std::pair<CoreCoord, CoreRangeSet>>& sender_receiver_core_mapping, uint32_t size,
    BufferType buffer_type = BufferType::L1);

/// Throws tessera::Error (remote-circular-buffer).
CBHandle CreateCircularBuffer(Program& program, const std::variant<CoreCoord, CoreRange, CoreRangeSet>& core_spec,
                              const CircularBufferConfig& config, const GlobalCircularBuffer& global_circular_buffer);

/// Throws tessera::Error (remote-circular-buffer).
void UpdateDynamicCircularBufferAddress(Program& program, CBHandle cb_handle,
                                        const GlobalCircularBuffer& global_circular_buffer);

}  // namespace experimental

}  // namespace tt::tt_metal

template <>
struct std::hash<tt::tt_metal::experimental::GlobalCircularBuffer> {
    std::size_t operator()(const tt::tt_metal::experimental::GlobalCircularBuffer& buffer) const;
};
