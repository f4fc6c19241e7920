// Buffers in the memory of a device.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/buffer_distribution_spec.hpp>
#include <tt-metalium/buffer_page_mapping.hpp>
#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/hal_types.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt_stl/assert.hpp>
#include <umd/device/types/core_coordinates.hpp>
#include <umd/device/types/xy_pair.hpp>

namespace tt::tt_metal {

class Allocator;
class AllocatorImpl;
class IDevice;

/// How a 2-D tensor is cut: each core of `grid` gets a shard of `shape` elements (rows, columns).
struct ShardSpec {
    CoreRangeSet grid;
    std::array<uint32_t, 2> shape;
    /// The order in which shards go to the cores of the grid.
    ShardOrientation orientation = ShardOrientation::ROW_MAJOR;

    ShardSpec(const CoreRangeSet& core_sets_, const std::array<uint32_t, 2>& shard_shape_,
              const ShardOrientation& shard_orientation_ = ShardOrientation::ROW_MAJOR)
        : grid(core_sets_), shape(shard_shape_), orientation(shard_orientation_) {}
    /// Halos are retired: the last argument must be false.
    ShardSpec(const CoreRangeSet& core_sets_, const std::array<uint32_t, 2>& shard_shape_,
              const ShardOrientation& shard_orientation_, bool halo)
        : ShardSpec(core_sets_, shard_shape_, shard_orientation_) {
        TT_FATAL(!halo, "Shards with a halo are not supported");
    }

    uint32_t num_cores() const { return grid.num_cores(); }
    uint32_t numel() const { return shape[0] * shape[1]; }

    bool operator==(const ShardSpec& other) const = default;

    static constexpr auto attribute_names = std::forward_as_tuple("grid", "shape", "orientation");
    constexpr auto attribute_values() const { return std::forward_as_tuple(grid, shape, orientation); }
};

std::ostream& operator<<(std::ostream& os, const ShardSpec& spec);

/// The same with the shape of a page (elements) and of the whole tensor (pages).
struct ShardSpecBuffer {
    ShardSpec tensor_shard_spec;
    std::array<uint32_t, 2> page_shape{};
    std::array<uint32_t, 2> tensor2d_shape_in_pages{};

    ShardSpecBuffer(const CoreRangeSet& core_sets_, const std::array<uint32_t, 2>& shard_shape_,
                    const ShardOrientation& shard_orientation_, const std::array<uint32_t, 2>& page_shape,
                    const std::array<uint32_t, 2>& tensor2d_shape_in_pages)
        : tensor_shard_spec(core_sets_, shard_shape_, shard_orientation_),
          page_shape(page_shape),
          tensor2d_shape_in_pages(tensor2d_shape_in_pages) {}
    ShardSpecBuffer(const CoreRangeSet& core_sets_, const std::array<uint32_t, 2>& shard_shape_,
                    const ShardOrientation& shard_orientation_, bool halo, const std::array<uint32_t, 2>& page_shape,
                    const std::array<uint32_t, 2>& tensor2d_shape_in_pages)
        : tensor_shard_spec(core_sets_, shard_shape_, shard_orientation_, halo),
          page_shape(page_shape),
          tensor2d_shape_in_pages(tensor2d_shape_in_pages) {}
    ShardSpecBuffer(const ShardSpec& shard_spec, const std::array<uint32_t, 2>& page_shape,
                    const std::array<uint32_t, 2>& tensor2d_shape_in_pages)
        : tensor_shard_spec(shard_spec), page_shape(page_shape), tensor2d_shape_in_pages(tensor2d_shape_in_pages) {}

    CoreRangeSet grid() const { return tensor_shard_spec.grid; }
    std::array<uint32_t, 2> shape() const { return tensor_shard_spec.shape; }
    ShardOrientation orientation() const { return tensor_shard_spec.orientation; }
    void set_shard_spec(const ShardSpec& shard_spec) { tensor_shard_spec = shard_spec; }

    /// A shard's height and width in pages.
    std::array<uint32_t, 2> shape_in_pages() const;
    /// Pages of a shard.
    DeviceAddr num_pages() const;
    DeviceAddr size() const { return num_pages(); }

    bool operator==(const ShardSpecBuffer& other) const = default;
};

/// An interleaved buffer: page i lies in bank i mod banks.
struct BufferConfig {
    IDevice* device;
    DeviceAddr size;       ///< bytes
    DeviceAddr page_size;  ///< bytes; divides the size
    BufferType buffer_type;
};

using InterleavedBufferConfig = BufferConfig;

struct ShardedBufferConfig {
    IDevice* device{};
    DeviceAddr size{};       ///< bytes
    DeviceAddr page_size{};  ///< bytes; divides the size
    BufferType buffer_type = BufferType::L1;
    TensorMemoryLayout buffer_layout = TensorMemoryLayout::HEIGHT_SHARDED;
    ShardSpecBuffer shard_parameters;
};

/// Nothing (interleaved), a 2-D shard specification with its layout, an N-dimensional one, or both.
class BufferShardingArgs {
public:
    BufferShardingArgs() = default;
    BufferShardingArgs(std::nullopt_t) {}
    BufferShardingArgs(BufferDistributionSpec buffer_distribution_spec)
        : buffer_distribution_spec_(std::move(buffer_distribution_spec)),
          buffer_layout_(TensorMemoryLayout::BLOCK_SHARDED) {}
    BufferShardingArgs(std::optional<BufferDistributionSpec> buffer_distribution_spec)
        : buffer_distribution_spec_(std::move(buffer_distribution_spec)),
          buffer_layout_(buffer_distribution_spec_ ? TensorMemoryLayout::BLOCK_SHARDED
                                                   : TensorMemoryLayout::INTERLEAVED) {}
    BufferShardingArgs(ShardSpecBuffer shard_spec, TensorMemoryLayout buffer_layout)
        : shard_spec_(std::move(shard_spec)), buffer_layout_(buffer_layout) {}
    BufferShardingArgs(std::optional<ShardSpecBuffer> shard_spec, TensorMemoryLayout buffer_layout)
        : shard_spec_(std::move(shard_spec)), buffer_layout_(buffer_layout) {}
    BufferShardingArgs(std::optional<BufferDistributionSpec> buffer_distribution_spec,
                       std::optional<ShardSpecBuffer> shard_spec, TensorMemoryLayout buffer_layout)
        : buffer_distribution_spec_(std::move(buffer_distribution_spec)),
          shard_spec_(std::move(shard_spec)),
          buffer_layout_(buffer_layout) {}

    const std::optional<BufferDistributionSpec>& buffer_distribution_spec() const { return buffer_distribution_spec_; }
    const std::optional<ShardSpecBuffer>& shard_spec() const { return shard_spec_; }
    TensorMemoryLayout buffer_layout() const { return buffer_layout_; }

private:
    std::optional<BufferDistributionSpec> buffer_distribution_spec_;
    std::optional<ShardSpecBuffer> shard_spec_;
    TensorMemoryLayout buffer_layout_ = TensorMemoryLayout::INTERLEAVED;
};

bool is_sharded(const TensorMemoryLayout& layout);

/// Bytes of a buffer.
struct BufferRegion {
    DeviceAddr offset = 0;
    DeviceAddr size = 0;

    BufferRegion() = delete;
    BufferRegion(DeviceAddr offset, DeviceAddr size) : offset(offset), size(size) {}
};

/// Memory of a device, at one address in every bank it lies in. Freed with the object.
class Buffer final : public std::enable_shared_from_this<Buffer> {
    struct Private {
        explicit Private() = default;
    };

public:
    /// Allocates. Sizes in bytes; the page size divides the size.
    static std::shared_ptr<Buffer> create(IDevice* device, DeviceAddr size, DeviceAddr page_size,
                                          BufferType buffer_type,
                                          const BufferShardingArgs& sharding_args = std::nullopt,
                                          std::optional<bool> bottom_up = std::nullopt,
                                          std::optional<SubDeviceId> sub_device_id = std::nullopt);
    /// Memory at an address that the caller answers for; nothing is allocated or freed.
    static std::shared_ptr<Buffer> create(IDevice* device, DeviceAddr address, DeviceAddr size, DeviceAddr page_size,
                                          BufferType buffer_type,
                                          const BufferShardingArgs& sharding_args = std::nullopt,
                                          std::optional<bool> bottom_up = std::nullopt,
                                          std::optional<SubDeviceId> sub_device_id = std::nullopt);

    /// The older way to allocate: a buffer by value.
    Buffer(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType buffer_type,
           TensorMemoryLayout buffer_layout = TensorMemoryLayout::INTERLEAVED,
           const std::optional<ShardSpecBuffer>& shard_parameter = std::nullopt,
           std::optional<bool> bottom_up = std::nullopt);

    /// Whole pages of this buffer, as a buffer that keeps this one alive.
    std::shared_ptr<Buffer> view(const BufferRegion& region);

    Buffer(const Buffer& other) = delete;
    Buffer& operator=(const Buffer& other) = delete;
    Buffer(Buffer&& other) = delete;
    Buffer& operator=(Buffer&& other) = delete;
    ~Buffer();

    IDevice* device() const { return device_; }
    Allocator* allocator() const;
    DeviceAddr size() const { return size_; }
    bool is_allocated() const { return allocation_status_ == AllocationStatus::ALLOCATED; }

    /// The address in the first bank.
    uint32_t address() const;

    DeviceAddr page_size() const { return page_size_; }
    void set_page_size(DeviceAddr page_size);

    uint32_t num_pages() const;
    /// Pages on the device, those included that only fill up shards.
    uint32_t num_dev_pages() const;

    BufferType buffer_type() const { return buffer_type_; }
    HalMemType memory_type() const;
    CoreType core_type() const;
    /// Virtual coordinates of the core that holds a bank of the buffer.
    CoreCoord noc_coordinates(uint32_t bank_id = 0) const;

    bool is_l1() const { return buffer_type_ == BufferType::L1 || buffer_type_ == BufferType::L1_SMALL; }
    bool is_dram() const { return buffer_type_ == BufferType::DRAM || buffer_type_ == BufferType::TRACE; }
    bool is_trace() const { return buffer_type_ == BufferType::TRACE; }

    bool is_valid_region(const BufferRegion& region) const;
    /// True for a valid region that is not all of the buffer.
    bool is_valid_partial_region(const BufferRegion& region) const;

    TensorMemoryLayout buffer_layout() const { return buffer_layout_; }
    bool bottom_up() const { return bottom_up_; }

    /// The address of an interleaved page in its bank's memory, the bank's offset included.
    DeviceAddr page_address(DeviceAddr bank_id, DeviceAddr page_index) const;
    /// The address of the n-th page of a shard.
    DeviceAddr sharded_page_address(DeviceAddr bank_id, DeviceAddr page_index) const;

    uint32_t alignment() const;
    DeviceAddr aligned_page_size() const;
    DeviceAddr aligned_size() const;
    DeviceAddr aligned_size_per_bank() const;

    const std::optional<BufferDistributionSpec>& buffer_distribution_spec() const { return buffer_distribution_spec_; }
    bool has_shard_spec() const { return shard_spec_.has_value(); }
    /// Throws for a buffer without one.
    ShardSpecBuffer shard_spec() const;
    void set_shard_spec(const ShardSpecBuffer& shard_spec);
    /// Cores (or DRAM banks) that hold shards; nothing for an interleaved buffer.
    std::optional<uint32_t> num_cores() const;
    /// Throws for an interleaved buffer.
    const std::shared_ptr<const BufferPageMapping>& get_buffer_page_mapping();

    /// The buffer that owns the memory: of a view the buffer it was made from, else this.
    std::shared_ptr<Buffer> root_buffer();
    BufferRegion root_buffer_region() const { return {root_buffer_offset_, size_}; }

    std::optional<SubDeviceId> sub_device_id() const { return sub_device_id_; }
    size_t unique_id() const { return unique_id_; }

    /// Forgets the memory without giving it back.
    void mark_as_deallocated() { allocation_status_ = AllocationStatus::DEALLOCATED; }

    Buffer(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType buffer_type,
           const BufferShardingArgs& sharding_args, std::optional<bool> bottom_up,
           std::optional<SubDeviceId> sub_device_id, bool owns_data, Private);

private:
    enum class AllocationStatus : uint8_t { ALLOCATION_REQUESTED, ALLOCATED, DEALLOCATED };

    void allocate_impl();
    /// The buffer lies otherwise than it did, which the checks have to know.
    void tell_again() const;
    void deallocate();
    friend void DeallocateBuffer(Buffer& buffer);

    IDevice* const device_;
    const DeviceAddr size_;
    const BufferType buffer_type_;
    const TensorMemoryLayout buffer_layout_;
    const bool bottom_up_;
    const std::optional<SubDeviceId> sub_device_id_;
    const bool owns_data_;

    std::optional<SubDeviceManagerId> sub_device_manager_id_;
    AllocatorImpl* allocator_;
    AllocationStatus allocation_status_ = AllocationStatus::ALLOCATION_REQUESTED;
    DeviceAddr address_ = 0;
    DeviceAddr page_size_;
    std::optional<ShardSpecBuffer> shard_spec_;
    std::shared_ptr<const BufferPageMapping> buffer_page_mapping_;
    std::optional<BufferDistributionSpec> buffer_distribution_spec_;
    std::shared_ptr<Buffer> root_buffer_;
    DeviceAddr root_buffer_offset_ = 0;
    size_t unique_id_ = 0;
};

/// Gives the memory of a buffer back before the object goes. Does nothing the second time.
void DeallocateBuffer(Buffer& buffer);

UncompressedBufferPageMapping generate_buffer_page_mapping(const Buffer& buffer);

/// Host memory in the forms in which older calls take it.
using HostDataType =
    std::variant<const std::shared_ptr<std::vector<uint8_t>>, const std::shared_ptr<std::vector<uint16_t>>,
                 const std::shared_ptr<std::vector<int32_t>>, const std::shared_ptr<std::vector<uint32_t>>,
                 const std::shared_ptr<std::vector<float>>, const std::shared_ptr<std::vector<bfloat16>>, const void*>;

}  // namespace tt::tt_metal

template <>
struct std::hash<tt::tt_metal::ShardSpec> {
    std::size_t operator()(const tt::tt_metal::ShardSpec& spec) const noexcept;
};
