// CreateBuffer in its six forms: interleaved or sharded; allocated, at a given address, or in a sub-device.
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/host_api.hpp>

namespace tt::tt_metal {
namespace {

BufferShardingArgs sharding(const ShardedBufferConfig& config) {
    return BufferShardingArgs(config.shard_parameters, config.buffer_layout);
}

}  // namespace

std::shared_ptr<Buffer> CreateBuffer(const InterleavedBufferConfig& config) {
    return Buffer::create(config.device, config.size, config.page_size, config.buffer_type);
}

std::shared_ptr<Buffer> CreateBuffer(const InterleavedBufferConfig& config, DeviceAddr address) {
    return Buffer::create(config.device, address, config.size, config.page_size, config.buffer_type);
}

std::shared_ptr<Buffer> CreateBuffer(const InterleavedBufferConfig& config, SubDeviceId sub_device_id) {
    return Buffer::create(config.device, config.size, config.page_size, config.buffer_type, std::nullopt, std::nullopt,
                          sub_device_id);
}

std::shared_ptr<Buffer> CreateBuffer(const ShardedBufferConfig& config) {
    return Buffer::create(config.device, config.size, config.page_size, config.buffer_type, sharding(config));
}

std::shared_ptr<Buffer> CreateBuffer(const ShardedBufferConfig& config, DeviceAddr address) {
    return Buffer::create(config.device, address, config.size, config.page_size, config.buffer_type, sharding(config));
}

std::shared_ptr<Buffer> CreateBuffer(const ShardedBufferConfig& config, SubDeviceId sub_device_id) {
    return Buffer::create(config.device, config.size, config.page_size, config.buffer_type, sharding(config),
                          std::nullopt, sub_device_id);
}

}  // namespace tt::tt_metal
