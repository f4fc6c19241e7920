// Buffers on a mesh.
#include <tt-metalium/mesh_buffer.hpp>

#include <utility>

#include <metalium/buffer_places.h>

#include <tt-metalium/device.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt_stl/assert.hpp>
#include <tt_stl/overloaded.hpp>

namespace tt::tt_metal::distributed {

namespace {

void validate(const MeshBufferConfig& config, const MeshDevice& mesh) {
    const auto* sharded = std::get_if<ShardedBufferConfig>(&config);
    if (sharded == nullptr) {
        return;
    }
    const auto [height, width] = sharded->global_buffer_shape;
    const auto [shard_height, shard_width] = sharded->physical_shard_shape();
    TT_FATAL(height != 0 && width != 0, "Global buffer shape must not be empty");
    TT_FATAL(height % shard_height == 0 && width % shard_width == 0,
             "Global buffer shape must be aligned with the shard shape: requested buffer shape: ({}, {}), shard "
             "shape: ({}, {})",
             height, width, shard_height, shard_width);
    // Each shard needs a device, and each copy of it one more.
    size_t shards = (height / shard_height) * (width / shard_width);
    const auto [height_replicated, width_replicated] = sharded->replicated_dims();
    if (height_replicated && width_replicated) {
        shards *= mesh.num_devices();
    } else if (height_replicated || width_replicated) {
        const MeshShape& shape = mesh.shape();
        shards *= sharded->shard_orientation == ShardOrientation::ROW_MAJOR ? shape[0] : shape[1];
    }
    TT_FATAL(shards <= mesh.num_devices(),
             "The sharded tensor does not fit on the Mesh. Num shards in buffer {}, Num Devices {}", shards,
             mesh.num_devices());
}

}  // namespace

uint32_t ShardedBufferConfig::compute_datum_size_bytes() const {
    const size_t elements = global_buffer_shape.height() * global_buffer_shape.width();
    TT_FATAL(elements != 0, "Global buffer shape must not be empty");
    return static_cast<uint32_t>(global_size / elements);
}

std::pair<bool, bool> ShardedBufferConfig::replicated_dims() const {
    return {shard_shape.height() == 0, shard_shape.width() == 0};
}

Shape2D ShardedBufferConfig::physical_shard_shape() const {
    return {shard_shape.height() == 0 ? global_buffer_shape.height() : shard_shape.height(),
            shard_shape.width() == 0 ? global_buffer_shape.width() : shard_shape.width()};
}

namespace {

/// The config with its sharding in sharding_args, whichever way the program gave it.
DeviceLocalBufferConfig normalised(DeviceLocalBufferConfig config) {
    if (config.buffer_layout == TensorMemoryLayout::INTERLEAVED && !config.shard_parameters) {
        return config;
    }
    TT_FATAL(config.shard_parameters, "A sharded buffer_layout takes shard_parameters");
    config.sharding_args = std::visit(
        ttsl::overloaded{[&](const ShardSpecBuffer& spec) { return BufferShardingArgs(spec, config.buffer_layout); },
                         [](const BufferDistributionSpec& spec) { return BufferShardingArgs(spec); }},
        *config.shard_parameters);
    config.buffer_layout = TensorMemoryLayout::INTERLEAVED;
    config.shard_parameters.reset();
    return config;
}

}  // namespace

MeshBuffer::MeshBuffer(const MeshBufferConfig& config, const DeviceLocalBufferConfig& device_local_config,
                       DeviceAddr device_local_size, MeshDevice* mesh_device, std::shared_ptr<Buffer> backing_buffer,
                       DeviceAddr address)
    : config_(config),
      device_local_config_(device_local_config),
      mesh_device_(mesh_device->shared_from_this()),
      address_(address),
      device_local_size_(device_local_size),
      buffers_(mesh_device->shape()),
      backing_buffer_(std::move(backing_buffer)) {
    for (auto& [coord, buffer] : buffers_) {
        buffer = MaybeRemote<std::shared_ptr<Buffer>>::local(Buffer::create(
            mesh_device->get_device(coord), address_, device_local_size_, device_local_config_.page_size,
            device_local_config_.buffer_type, device_local_config_.sharding_args, device_local_config_.bottom_up));
    }
}

std::shared_ptr<MeshBuffer> MeshBuffer::create(const MeshBufferConfig& mesh_buffer_config,
                                               const DeviceLocalBufferConfig& given_local_config,
                                               MeshDevice* mesh_device, std::optional<DeviceAddr> address) {
    const DeviceLocalBufferConfig device_local_config = normalised(given_local_config);
    TT_FATAL(mesh_device != nullptr, "Mesh device needs to not be null.");
    validate(mesh_buffer_config, *mesh_device);
    const DeviceAddr device_local_size =
        std::visit(ttsl::overloaded{[](const ReplicatedBufferConfig& config) { return config.size; },
                                    [](const ShardedBufferConfig& config) {
                                        const auto [height, width] = config.physical_shard_shape();
                                        return DeviceAddr{config.compute_datum_size_bytes()} * height * width;
                                    }},
                   mesh_buffer_config);
    // The mesh's allocator finds an address that is free on all devices.
    std::shared_ptr<Buffer> backing_buffer;
    if (!address) {
        backing_buffer = Buffer::create(mesh_device, device_local_size, device_local_config.page_size,
                                        device_local_config.buffer_type, device_local_config.sharding_args,
                                        device_local_config.bottom_up, device_local_config.sub_device_id);
        address = backing_buffer->address();
    }
    return std::shared_ptr<MeshBuffer>(new MeshBuffer(mesh_buffer_config, device_local_config, device_local_size,
                                                      mesh_device, std::move(backing_buffer), *address));
}

MeshBuffer::~MeshBuffer() {
    deallocate();
}

bool MeshBuffer::is_allocated() const {
    return !deallocated_ && !mesh_device_.expired();
}

void MeshBuffer::deallocate() {
    const auto mesh = mesh_device_.lock();
    if (!mesh && backing_buffer_) {
        backing_buffer_->mark_as_deallocated();
    }
    backing_buffer_.reset();
    for (auto& buffer : buffers_.values()) {
        tessera::metalium::tell_freed(*buffer.value());
        buffer.value()->mark_as_deallocated();
    }
    deallocated_ = true;
}

MeshDevice* MeshBuffer::device() const {
    const auto mesh = mesh_device_.lock();
    TT_FATAL(mesh != nullptr, "Can't get device from mesh buffer, already deallocated");
    return mesh.get();
}

DeviceAddr MeshBuffer::size() const {
    return std::visit(ttsl::overloaded{[](const ReplicatedBufferConfig& config) { return config.size; },
                                       [](const ShardedBufferConfig& config) { return config.global_size; }},
                      config_);
}

MeshBufferLayout MeshBuffer::global_layout() const {
    return std::holds_alternative<ReplicatedBufferConfig>(config_) ? MeshBufferLayout::REPLICATED
                                                                   : MeshBufferLayout::SHARDED;
}

const ShardedBufferConfig& MeshBuffer::global_shard_spec() const {
    TT_FATAL(global_layout() == MeshBufferLayout::SHARDED,
             "Can only query the global shard spec for a sharded MeshBuffer");
    return std::get<ShardedBufferConfig>(config_);
}

Buffer* MeshBuffer::get_device_buffer(const MeshCoordinate& device_coord) const {
    return buffers_.at(device_coord).value().get();
}

Buffer* MeshBuffer::get_reference_buffer() const {
    return buffers_.values().front().value().get();
}
Buffer* MeshBuffer::get_backing_buffer() const {
    return backing_buffer_.get();
}

uint32_t MeshBuffer::datum_size_bytes() const {
    TT_FATAL(global_layout() == MeshBufferLayout::SHARDED,
             "Can only query datum size for buffers sharded across the Mesh");
    return global_shard_spec().compute_datum_size_bytes();
}

Shape2D MeshBuffer::physical_shard_shape() const {
    TT_FATAL(global_layout() == MeshBufferLayout::SHARDED,
             "Can only query physical shard shape for buffers sharded across the Mesh");
    return global_shard_spec().physical_shard_shape();
}

std::pair<bool, bool> MeshBuffer::replicated_dims() const {
    TT_FATAL(global_layout() == MeshBufferLayout::SHARDED,
             "Can only query replicated dims for buffers sharded across the Mesh");
    return global_shard_spec().replicated_dims();
}

AnyBuffer::AnyBuffer(std::shared_ptr<Buffer> buffer) : buffer_(buffer.get()), holder_(std::move(buffer)) {}
AnyBuffer::AnyBuffer(std::shared_ptr<MeshBuffer> buffer)
    : buffer_(buffer->get_reference_buffer()), holder_(std::move(buffer)) {}

namespace {

/// A buffer over the device that a configuration names.
template <typename Config>
std::variant<std::shared_ptr<Buffer>, std::shared_ptr<MeshBuffer>> make_any(const Config& config,
                                                                            const BufferShardingArgs& sharding,
                                                                            std::optional<uint64_t> address) {
    if (auto* mesh = dynamic_cast<MeshDevice*>(config.device)) {
        const DeviceLocalBufferConfig local{
            .page_size = config.page_size, .buffer_type = config.buffer_type, .sharding_args = sharding};
        return MeshBuffer::create(ReplicatedBufferConfig{.size = config.size}, local, mesh, address);
    }
    if (address) {
        return Buffer::create(config.device, *address, config.size, config.page_size, config.buffer_type, sharding);
    }
    return Buffer::create(config.device, config.size, config.page_size, config.buffer_type, sharding);
}

}  // namespace

AnyBuffer AnyBuffer::create(const tt::tt_metal::ShardedBufferConfig& config, std::optional<uint64_t> address) {
    return std::visit([](auto buffer) { return AnyBuffer(std::move(buffer)); },
                      make_any(config, BufferShardingArgs(config.shard_parameters, config.buffer_layout), address));
}

AnyBuffer AnyBuffer::create(const tt::tt_metal::InterleavedBufferConfig& config, std::optional<uint64_t> address) {
    return std::visit([](auto buffer) { return AnyBuffer(std::move(buffer)); },
                      make_any(config, BufferShardingArgs(), address));
}

std::shared_ptr<MeshBuffer> AnyBuffer::get_mesh_buffer() const {
    const auto* mesh_buffer = std::get_if<std::shared_ptr<MeshBuffer>>(&holder_);
    return mesh_buffer != nullptr && *mesh_buffer && (*mesh_buffer)->is_allocated() ? *mesh_buffer : nullptr;
}

}  // namespace tt::tt_metal::distributed
