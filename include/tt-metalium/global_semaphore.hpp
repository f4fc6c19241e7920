// A semaphore that outlives programs: a 32-bit word at the same L1 address on some cores of a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <tuple>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/hal_types.hpp>

namespace tt::tt_metal {

class Buffer;
class IDevice;

/// Copies name the same word; the last one gives its memory back.
class GlobalSemaphore {
public:
    GlobalSemaphore(IDevice* device, const CoreRangeSet& cores, uint32_t initial_value,
                    BufferType buffer_type = BufferType::L1);

    IDevice* device() const { return device_; }
    /// L1 address of the word.
    DeviceAddr address() const;
    void reset_semaphore_value(uint32_t reset_value) const;
    const CoreRangeSet& cores() const { return cores_; }

    static constexpr auto attribute_names = std::forward_as_tuple("cores", "buffer_type");
    auto attribute_values() const { return std::make_tuple(cores_, buffer_type_); }

private:
    IDevice* device_;
    CoreRangeSet cores_;
    BufferType buffer_type_;
    std::shared_ptr<Buffer> buffer_;
};

}  // namespace tt::tt_metal

std::ostream& operator<<(std::ostream& os, const tt::tt_metal::GlobalSemaphore& global_semaphore);

template <>
struct std::hash<tt::tt_metal::GlobalSemaphore> {
    std::size_t operator()(const tt::tt_metal::GlobalSemaphore& global_semaphore) const;
};
