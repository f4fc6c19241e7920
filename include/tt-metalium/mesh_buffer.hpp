// Buffers on a mesh: the same address on every device, with copies or with parts of one tensor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/hal_types.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/mesh_device_view.hpp>
#include <tt-metalium/shape2d.hpp>

namespace tt::tt_metal::distributed {

/// The buffer on each device.
struct DeviceLocalBufferConfig {
    DeviceAddr page_size = 0;  ///< bytes
    BufferType buffer_type = BufferType::DRAM;
    BufferShardingArgs sharding_args;
    /// What programs of early 2025 give instead of sharding_args.
    TensorMemoryLayout buffer_layout = TensorMemoryLayout::INTERLEAVED;
    std::optional<std::variant<ShardSpecBuffer, BufferDistributionSpec>> shard_parameters = std::nullopt;
    /// From which end memory is taken; by default the bottom for DRAM and the top for L1.
    std::optional<bool> bottom_up;
    std::optional<SubDeviceId> sub_device_id = std::nullopt;
};

/// Every device gets a buffer of this many bytes.
struct ReplicatedBufferConfig {
    DeviceAddr size = 0;
};

/// Every device gets a part of a 2-D tensor.
struct ShardedBufferConfig {
    DeviceAddr global_size = 0;            ///< bytes of the whole tensor
    Shape2D global_buffer_shape = {0, 0};  ///< elements of the whole tensor
    Shape2D shard_shape = {0, 0};          ///< elements of a device's part; 0 copies along that dimension
    ShardOrientation shard_orientation = ShardOrientation::ROW_MAJOR;

    /// Bytes of an element.
    uint32_t compute_datum_size_bytes() const;
    /// Whether devices get copies along the height, and along the width.
    std::pair<bool, bool> replicated_dims() const;
    /// The shard's shape with the tensor's size for dimensions that are copied.
    Shape2D physical_shard_shape() const;
};

enum class MeshBufferLayout : uint8_t { REPLICATED, SHARDED };
using MeshBufferConfig = std::variant<ReplicatedBufferConfig, ShardedBufferConfig>;

class MeshBuffer {
public:
    /// Allocates on all devices, or stands for memory at a given address.
    static std::shared_ptr<MeshBuffer> create(const MeshBufferConfig& mesh_buffer_config,
                                              const DeviceLocalBufferConfig& device_local_config,
                                              MeshDevice* mesh_device,
                                              std::optional<DeviceAddr> address = std::nullopt);
    ~MeshBuffer();
    MeshBuffer(const MeshBuffer&) = delete;
    MeshBuffer& operator=(const MeshBuffer&) = delete;

    bool is_allocated() const;
    void deallocate();

    /// Throws once the mesh is gone.
    MeshDevice* device() const;
    /// Bytes of the whole buffer: of a replicated one those of one copy.
    DeviceAddr size() const;
    /// Bytes on each device.
    DeviceAddr device_local_size() const { return device_local_size_; }
    DeviceAddr address() const { return address_; }

    MeshBufferLayout global_layout() const;
    const MeshBufferConfig& global_config() const { return config_; }
    /// Throws for a replicated buffer.
    const ShardedBufferConfig& global_shard_spec() const;
    const DeviceLocalBufferConfig& device_local_config() const { return device_local_config_; }

    /// The buffer on one device.
    Buffer* get_device_buffer(const MeshCoordinate& device_coord) const;
    /// The buffer on some device, for questions whose answer is the same on all.
    Buffer* get_reference_buffer() const;
    /// The buffer that owns the memory; null where an address was given.
    Buffer* get_backing_buffer() const;

    // These throw for a replicated buffer.
    uint32_t datum_size_bytes() const;
    Shape2D physical_shard_shape() const;
    std::pair<bool, bool> replicated_dims() const;

    uint32_t page_size() const { return static_cast<uint32_t>(device_local_config_.page_size); }
    /// Pages on each device.
    uint32_t num_pages() const {
        return page_size() == 0 ? 0 : static_cast<uint32_t>(device_local_size_ / page_size());
    }

private:
    MeshBuffer(const MeshBufferConfig& config, const DeviceLocalBufferConfig& device_local_config,
               DeviceAddr device_local_size, MeshDevice* mesh_device, std::shared_ptr<Buffer> backing_buffer,
               DeviceAddr address);

    MeshBufferConfig config_;
    DeviceLocalBufferConfig device_local_config_;
    std::weak_ptr<MeshDevice> mesh_device_;
    DeviceAddr address_ = 0;
    DeviceAddr device_local_size_ = 0;
    DistributedMeshContainer<std::shared_ptr<Buffer>> buffers_;
    std::shared_ptr<Buffer> backing_buffer_;
    bool deallocated_ = false;
};

/// A buffer of a device or of a mesh, whichever the configuration's device is.
class AnyBuffer {
public:
    AnyBuffer() = default;
    static AnyBuffer create(const tt::tt_metal::ShardedBufferConfig& config,
                            std::optional<uint64_t> address = std::nullopt);
    static AnyBuffer create(const tt::tt_metal::InterleavedBufferConfig& config,
                            std::optional<uint64_t> address = std::nullopt);

    Buffer* get_buffer() const { return buffer_; }
    bool is_mesh_buffer() const { return get_mesh_buffer() != nullptr; }
    /// Null for the buffer of a device, and after deallocation.
    std::shared_ptr<MeshBuffer> get_mesh_buffer() const;

private:
    AnyBuffer(std::shared_ptr<Buffer> buffer);
    AnyBuffer(std::shared_ptr<MeshBuffer> buffer);

    Buffer* buffer_ = nullptr;
    std::variant<std::shared_ptr<Buffer>, std::shared_ptr<distributed::MeshBuffer>> holder_;
};

}  // namespace tt::tt_metal::distributed
