// Semaphores and circular buffers that outlive programs.
#include <fmt/format.h>

#include <base/error.h>
#include <metalium/device.h>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/global_circular_buffer.hpp>
#include <tt-metalium/global_semaphore.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

/// One page on each core, at the same address on all of them.
std::shared_ptr<Buffer> page_on_each_core(IDevice* device, const CoreRangeSet& cores, uint32_t bytes,
                                          BufferType buffer_type) {
    const uint32_t count = cores.num_cores();
    const ShardSpecBuffer spec(cores, {1, 1}, ShardOrientation::ROW_MAJOR, {1, 1}, {count, 1});
    return CreateBuffer(tt::tt_metal::ShardedBufferConfig{.device = device,
                                                          .size = DeviceAddr{bytes} * count,
                                                          .page_size = bytes,
                                                          .buffer_type = buffer_type,
                                                          .buffer_layout = TensorMemoryLayout::HEIGHT_SHARDED,
                                                          .shard_parameters = spec});
}

[[noreturn]] void no_remote_circular_buffer() {
    throw tessera::Error("remote-circular-buffer",
                         "circular buffers on a GlobalCircularBuffer are not part of the simulated device",
                         "move the data with NoC writes and semaphores");
}

}  // namespace

GlobalSemaphore::GlobalSemaphore(IDevice* device, const CoreRangeSet& cores, uint32_t initial_value,
                                 BufferType buffer_type)
    : device_(device), cores_(cores), buffer_type_(buffer_type) {
    TT_FATAL(buffer_type == BufferType::L1 || buffer_type == BufferType::L1_SMALL,
             "Global semaphore can only be created for L1 buffer types");
    TT_FATAL(device != nullptr, "Device cannot be null");
    TT_FATAL(cores.num_cores() > 0, "CoreRangeSet must have at least one core");
    buffer_ = page_on_each_core(device, cores, sizeof(uint32_t), buffer_type);
    reset_semaphore_value(initial_value);
}

DeviceAddr GlobalSemaphore::address() const {
    return buffer_->address();
}

void GlobalSemaphore::reset_semaphore_value(uint32_t reset_value) const {
    auto& machine = tessera::metalium::machine();
    for (const uint32_t chip : tessera::metalium::chips_of(*device_)) {
        for (const CoreRange& range : cores_.ranges()) {
            for (const CoreCoord& core : range) {
                machine.write_l1(chip, {static_cast<uint16_t>(core.x), static_cast<uint16_t>(core.y)}, address(),
                                 std::as_bytes(std::span(&reset_value, 1)));
            }
        }
    }
}

GlobalSemaphore CreateGlobalSemaphore(IDevice* device, const CoreRangeSet& cores, uint32_t initial_value,
                                      BufferType buffer_type) {
    return GlobalSemaphore(device, cores, initial_value, buffer_type);
}
GlobalSemaphore CreateGlobalSemaphore(IDevice* device, CoreRangeSet&& cores, uint32_t initial_value,
                                      BufferType buffer_type) {
    return GlobalSemaphore(device, cores, initial_value, buffer_type);
}

namespace experimental {

GlobalCircularBuffer::GlobalCircularBuffer(
    IDevice* device, const std::vector<std::pair<CoreCoord, CoreRangeSet>>& sender_receiver_core_mapping, uint32_t size,
    BufferType buffer_type)
    : device_(device), mapping_(sender_receiver_core_mapping), size_(size) {
    TT_FATAL(device != nullptr, "Device cannot be null");
    TT_FATAL(!mapping_.empty(), "Sender receiver core mapping must not be empty");
    uint32_t receivers = 0;
    for (const auto& [sender, cores] : mapping_) {
        sender_cores_ = sender_cores_.merge(CoreRangeSet(CoreRange(sender, sender)));
        receiver_cores_ = receiver_cores_.merge(cores);
        receivers += cores.num_cores();
    }
    TT_FATAL(receiver_cores_.num_cores() == receivers, "Duplicate receiver cores found");
    TT_FATAL(sender_cores_.num_cores() == mapping_.size(), "Duplicate sender cores found");
    all_cores_ = sender_cores_.merge(receiver_cores_);
    TT_FATAL(all_cores_.num_cores() == sender_cores_.num_cores() + receiver_cores_.num_cores(),
             "Sender and receiver cores must not overlap");
    cb_buffer_ = page_on_each_core(device, all_cores_, size, buffer_type);
    // Pages sent and acknowledged: a word each for every pair of sender and receiver, 16 bytes apart.
    config_buffer_ = page_on_each_core(device, all_cores_, 32 * (1 + receivers), buffer_type);
}

DeviceAddr GlobalCircularBuffer::buffer_address() const {
    return cb_buffer_->address();
}
DeviceAddr GlobalCircularBuffer::config_address() const {
    return config_buffer_->address();
}

GlobalCircularBuffer CreateGlobalCircularBuffer(
    IDevice* device, const std::vector<std::pair<CoreCoord, CoreRangeSet>>& sender_receiver_core_mapping, uint32_t size,
    BufferType buffer_type) {
    return GlobalCircularBuffer(device, sender_receiver_core_mapping, size, buffer_type);
}

CBHandle CreateCircularBuffer(Program&, const std::variant<CoreCoord, CoreRange, CoreRangeSet>&,
                              const CircularBufferConfig&, const GlobalCircularBuffer&) {
    no_remote_circular_buffer();
}
void UpdateDynamicCircularBufferAddress(Program&, CBHandle, const GlobalCircularBuffer&) {
    no_remote_circular_buffer();
}

}  // namespace experimental

}  // namespace tt::tt_metal

std::ostream& operator<<(std::ostream& os, const tt::tt_metal::GlobalSemaphore& global_semaphore) {
    return os << fmt::format("GlobalSemaphore(cores={}, address={})", global_semaphore.cores().str(),
                             global_semaphore.address());
}

std::size_t std::hash<tt::tt_metal::GlobalSemaphore>::operator()(
    const tt::tt_metal::GlobalSemaphore& global_semaphore) const {
    return std::hash<std::string>()(global_semaphore.cores().str());
}

std::size_t std::hash<tt::tt_metal::experimental::GlobalCircularBuffer>::operator()(
    const tt::tt_metal::experimental::GlobalCircularBuffer& buffer) const {
    return std::hash<std::string>()(buffer.all_cores().str()) * 31 + buffer.size();
}
