// Buffers: what they occupy, where their pages are, and when their memory goes back.
#include <tt-metalium/buffer.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include <metalium/allocator_impl.h>
#include <metalium/buffer_places.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/math.hpp>
#include <tt-metalium/tt_align.hpp>

namespace tt::tt_metal {

namespace {

std::atomic<size_t> next_unique_id{0};

void validate(DeviceAddr size, DeviceAddr page_size, TensorMemoryLayout layout, bool has_shard_spec,
              bool has_distribution_spec) {
    TT_FATAL(layout != TensorMemoryLayout::SINGLE_BANK, "Buffers in a single bank are not supported");
    if (is_sharded(layout)) {
        TT_FATAL(has_shard_spec || has_distribution_spec,
                 "Buffer was specified as sharded but does not have shard_spec or buffer_distribution_spec specified");
    } else {
        TT_FATAL(!has_shard_spec && !has_distribution_spec,
                 "Buffer was specified as not sharded but has shard_spec or buffer_distribution_spec specified");
    }
    TT_FATAL(size == 0 || (page_size != 0 && size % page_size == 0),
             "For valid non-interleaved buffers page size {} must equal buffer size {}. For interleaved-buffers, "
             "buffer size should be divisble by the page size",
             page_size, size);
}

void validate_sub_device(SubDeviceId sub_device_id, const IDevice& device, bool is_l1,
                         const std::optional<ShardSpecBuffer>& shard_spec) {
    TT_FATAL(shard_spec.has_value(), "Specifying sub-device for buffer requires buffer to be sharded");
    TT_FATAL(is_l1, "Specifying sub-device for buffer requires buffer to be L1");
    const CoreRangeSet cores = device.worker_cores(HalProgrammableCoreType::TENSIX, sub_device_id);
    TT_FATAL(cores.contains(shard_spec->grid()), "Shard cores specified {} do not match sub-device cores {}",
             shard_spec->grid(), cores);
}

/// Divides shard rows and columns by a page's; 0 where there are no pages.
uint32_t in_pages(uint32_t elements, uint32_t page) {
    return page == 0 ? 0 : elements / page;
}

}  // namespace

std::ostream& operator<<(std::ostream& os, const ShardSpec& spec) {
    os << "ShardSpec{grid=[";
    const char* separator = "";
    for (const CoreRange& range : spec.grid.ranges()) {
        os << separator << "{\"start\":{\"x\":" << range.start_coord.x << ",\"y\":" << range.start_coord.y
           << "},\"end\":{\"x\":" << range.end_coord.x << ",\"y\":" << range.end_coord.y << "}}";
        separator = ", ";
    }
    return os << "], shape=[" << spec.shape[0] << ", " << spec.shape[1]
              << "], orientation=ShardOrientation::" << to_string(spec.orientation) << "}";
}

std::array<uint32_t, 2> ShardSpecBuffer::shape_in_pages() const {
    return {in_pages(tensor_shard_spec.shape[0], page_shape[0]), in_pages(tensor_shard_spec.shape[1], page_shape[1])};
}

DeviceAddr ShardSpecBuffer::num_pages() const {
    const auto shape = shape_in_pages();
    return DeviceAddr{shape[0]} * shape[1];
}

bool is_sharded(const TensorMemoryLayout& layout) {
    return layout == TensorMemoryLayout::HEIGHT_SHARDED || layout == TensorMemoryLayout::WIDTH_SHARDED ||
           layout == TensorMemoryLayout::BLOCK_SHARDED;
}

Buffer::Buffer(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType buffer_type,
               const BufferShardingArgs& sharding_args, std::optional<bool> bottom_up,
               std::optional<SubDeviceId> sub_device_id, bool owns_data, Private)
    : device_(device),
      size_(size),
      buffer_type_(buffer_type),
      buffer_layout_(sharding_args.buffer_layout()),
      bottom_up_(bottom_up.value_or(is_dram())),
      sub_device_id_(sub_device_id),
      owns_data_(owns_data),
      page_size_(page_size),
      shard_spec_(sharding_args.shard_spec()),
      buffer_distribution_spec_(sharding_args.buffer_distribution_spec()),
      unique_id_(next_unique_id.fetch_add(1)) {
    TT_FATAL(device_ != nullptr, "Device needs to not be null.");
    if (sub_device_id_) {
        validate_sub_device(*sub_device_id_, *device_, is_l1(), shard_spec_);
        sub_device_manager_id_ = device_->get_active_sub_device_manager_id();
        allocator_ = device_->allocator_impl(*sub_device_id_).get();
    } else {
        allocator_ = device_->allocator_impl().get();
    }
    TT_FATAL(allocator_ != nullptr, "Device {} has no memory to allocate buffers in: it is closed", device_->id());
    validate(size, page_size, buffer_layout_, shard_spec_.has_value(), buffer_distribution_spec_.has_value());
}

Buffer::Buffer(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType buffer_type,
               TensorMemoryLayout buffer_layout, const std::optional<ShardSpecBuffer>& shard_parameter,
               std::optional<bool> bottom_up)
    : Buffer(device, size, page_size, buffer_type, BufferShardingArgs(shard_parameter, buffer_layout), bottom_up,
             std::nullopt, true, Private()) {
    allocate_impl();
}

std::shared_ptr<Buffer> Buffer::create(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType buffer_type,
                                       const BufferShardingArgs& sharding_args, std::optional<bool> bottom_up,
                                       std::optional<SubDeviceId> sub_device_id) {
    auto buffer = std::make_shared<Buffer>(device, size, page_size, buffer_type, sharding_args, bottom_up,
                                           sub_device_id, true, Private());
    buffer->allocate_impl();
    return buffer;
}

std::shared_ptr<Buffer> Buffer::create(IDevice* device, DeviceAddr address, DeviceAddr size, DeviceAddr page_size,
                                       BufferType buffer_type, const BufferShardingArgs& sharding_args,
                                       std::optional<bool> bottom_up, std::optional<SubDeviceId> sub_device_id) {
    auto buffer = std::make_shared<Buffer>(device, size, page_size, buffer_type, sharding_args, bottom_up,
                                           sub_device_id, false, Private());
    buffer->address_ = address;
    buffer->allocation_status_ = AllocationStatus::ALLOCATED;
    tessera::metalium::tell_allocated(*buffer, false);
    return buffer;
}

std::shared_ptr<Buffer> Buffer::view(const BufferRegion& region) {
    TT_FATAL(page_size() != 0 && region.offset % page_size() == 0, "Region offset must be a multiple of page size");
    TT_FATAL(region.size % page_size() == 0, "Region size must be a multiple of page size");
    TT_FATAL(is_valid_region(region), "Region must be within buffer");
    if (region.offset == 0 && region.size == size()) {
        return shared_from_this();
    }
    auto buffer =
        create(device_, address_, region.size, page_size_, buffer_type_,
               BufferShardingArgs(buffer_distribution_spec_, shard_spec_, buffer_layout_), bottom_up_, sub_device_id_);
    buffer->root_buffer_ = root_buffer();
    buffer->root_buffer_offset_ = root_buffer_offset_ + region.offset;
    if (is_sharded(buffer_layout_)) {
        buffer->buffer_page_mapping_ =
            std::make_shared<const BufferPageMapping>(get_buffer_page_mapping()->filter_by_host_range(
                static_cast<uint32_t>(region.offset / page_size()),
                static_cast<uint32_t>((region.offset + region.size) / page_size())));
    }
    return buffer;
}

void Buffer::allocate_impl() {
    if (size_ != 0) {
        TT_FATAL(!sub_device_manager_id_ || *sub_device_manager_id_ == device_->get_active_sub_device_manager_id(),
                 "Sub-device manager of the buffer is not the active one");
        address_ = allocator_->allocate_buffer(this);
        TT_FATAL(address_ <= std::numeric_limits<uint32_t>::max(), "Buffer address {} does not fit 32 bits", address_);
    }
    allocation_status_ = AllocationStatus::ALLOCATED;
    tessera::metalium::tell_allocated(*this, true);
}

void Buffer::deallocate() {
    tessera::metalium::tell_freed(*this);
    if (!owns_data_ || allocation_status_ != AllocationStatus::ALLOCATED) {
        return;
    }
    if (size_ != 0 && device_->is_initialized()) {
        allocator_->deallocate_buffer(this);
    }
    allocation_status_ = AllocationStatus::DEALLOCATED;
}

Buffer::~Buffer() {
    deallocate();
}

void DeallocateBuffer(Buffer& buffer) {
    buffer.deallocate();
}

Allocator* Buffer::allocator() const {
    return (sub_device_id_ ? device_->allocator(*sub_device_id_) : device_->allocator()).get();
}

uint32_t Buffer::address() const {
    TT_FATAL(allocation_status_ != AllocationStatus::ALLOCATION_REQUESTED,
             "Can only query the address of a buffer that has been allocated");
    return static_cast<uint32_t>(address_);
}

void Buffer::set_page_size(DeviceAddr page_size) {
    TT_FATAL(page_size == 0 ? size_ == 0 : size_ % page_size == 0, "buffer size must be divisible by new page size");
    page_size_ = page_size;
    buffer_distribution_spec_ = std::nullopt;
    buffer_page_mapping_ = nullptr;
    tell_again();
}

void Buffer::tell_again() const {
    if (allocation_status_ == AllocationStatus::ALLOCATED) {
        tessera::metalium::tell_allocated(*this, owns_data_);
    }
}

uint32_t Buffer::num_pages() const {
    return page_size_ == 0 ? 0 : static_cast<uint32_t>(size_ / page_size_);
}

uint32_t Buffer::num_dev_pages() const {
    if (!is_sharded(buffer_layout_)) {
        return num_pages();
    }
    // A sharded buffer has one of the two specifications, and with it cores: the constructor sees to that.
    // NOLINTBEGIN(bugprone-unchecked-optional-access)
    const DeviceAddr pages_per_core =
        shard_spec_ ? shard_spec_->num_pages() : buffer_distribution_spec_->max_num_dev_pages_per_core();
    return static_cast<uint32_t>(pages_per_core * *num_cores());
    // NOLINTEND(bugprone-unchecked-optional-access)
}

HalMemType Buffer::memory_type() const {
    TT_FATAL(is_dram() || is_l1(), "Unknown HAL memory type for {} buffer type", buffer_type_);
    return is_dram() ? HalMemType::DRAM : HalMemType::L1;
}

CoreType Buffer::core_type() const {
    TT_FATAL(is_dram() || is_l1(), "Unknown CoreType for {} buffer", buffer_type_);
    return is_dram() ? CoreType::DRAM : CoreType::WORKER;
}

bool Buffer::is_valid_region(const BufferRegion& region) const {
    return region.size <= size_ && region.offset <= size_ - region.size;
}

bool Buffer::is_valid_partial_region(const BufferRegion& region) const {
    return is_valid_region(region) && (region.offset > 0 || region.size != size_);
}

DeviceAddr Buffer::page_address(DeviceAddr bank_id, DeviceAddr page_index) const {
    const DeviceAddr num_banks = allocator_->get_num_banks(buffer_type_);
    TT_FATAL(bank_id < num_banks, "Invalid Bank ID: {} exceeds total numbers of banks ({})!", bank_id, num_banks);
    return sharded_page_address(bank_id, page_index / num_banks);
}

DeviceAddr Buffer::sharded_page_address(DeviceAddr bank_id, DeviceAddr page_index) const {
    const auto offset = static_cast<int64_t>(allocator_->get_bank_offset(buffer_type_, static_cast<uint32_t>(bank_id)));
    return static_cast<DeviceAddr>(static_cast<int64_t>(address()) + offset) + aligned_page_size() * page_index;
}

uint32_t Buffer::alignment() const {
    return allocator_->get_alignment(buffer_type_);
}
DeviceAddr Buffer::aligned_page_size() const {
    return align(page_size_, DeviceAddr{alignment()});
}
DeviceAddr Buffer::aligned_size() const {
    return num_dev_pages() * aligned_page_size();
}

DeviceAddr Buffer::aligned_size_per_bank() const {
    const uint32_t banks = num_cores().value_or(allocator_->get_num_banks(buffer_type_));
    return detail::calculate_bank_size_spread(aligned_size(), aligned_page_size(), banks, alignment());
}

ShardSpecBuffer Buffer::shard_spec() const {
    TT_FATAL(is_sharded(buffer_layout_), "Buffer not sharded");
    TT_FATAL(shard_spec_.has_value(), "Buffer is sharded, but no shard parameters specified");
    return *shard_spec_;
}

void Buffer::set_shard_spec(const ShardSpecBuffer& shard_spec) {
    shard_spec_ = shard_spec;
    buffer_distribution_spec_ = std::nullopt;
    buffer_page_mapping_ = nullptr;
    tell_again();
}

std::optional<uint32_t> Buffer::num_cores() const {
    if (!is_sharded(buffer_layout_)) {
        return std::nullopt;
    }
    // One of the two is there: the constructor sees to that.
    return buffer_distribution_spec_ ? static_cast<uint32_t>(buffer_distribution_spec_->num_cores_with_data())
                                     // NOLINTNEXTLINE(bugprone-unchecked-optional-access)
                                     : shard_spec_->tensor_shard_spec.num_cores();
}

const std::shared_ptr<const BufferPageMapping>& Buffer::get_buffer_page_mapping() {
    TT_FATAL(is_sharded(buffer_layout_), "Buffer not sharded");
    if (!buffer_page_mapping_) {
        buffer_page_mapping_ = std::make_shared<const BufferPageMapping>(generate_buffer_page_mapping(*this));
    }
    return buffer_page_mapping_;
}

std::shared_ptr<Buffer> Buffer::root_buffer() {
    return root_buffer_ ? root_buffer_ : shared_from_this();
}

// Height sharding deals pages in order, so many to each core; the other two cut the tensor's pages into a grid of
// shards, numbered row by row, and what sticks out over the tensor's edge is padding.
UncompressedBufferPageMapping generate_buffer_page_mapping(const Buffer& buffer) {
    UncompressedBufferPageMapping mapping;
    if (buffer.size() == 0) {
        return mapping;
    }
    if (const auto& distribution = buffer.buffer_distribution_spec()) {
        return distribution->compute_page_mapping();
    }
    const ShardSpecBuffer spec = buffer.shard_spec();
    const auto [shard_rows, shard_cols] = spec.shape_in_pages();
    const auto [tensor_rows, tensor_cols] = spec.tensor2d_shape_in_pages;
    const DeviceAddr shard_pages = spec.num_pages();
    mapping.all_cores =
        corerange_to_cores(spec.grid(), buffer.num_cores(), spec.orientation() == ShardOrientation::ROW_MAJOR);
    mapping.core_host_page_indices.assign(mapping.all_cores.size(),
                                          std::vector<uint32_t>(shard_pages, UncompressedBufferPageMapping::PADDING));

    if (buffer.buffer_layout() == TensorMemoryLayout::HEIGHT_SHARDED) {
        const DeviceAddr pages = DeviceAddr{tensor_rows} * tensor_cols;
        for (DeviceAddr page = 0; page < pages && page / shard_pages < mapping.all_cores.size(); ++page) {
            mapping.core_host_page_indices[page / shard_pages][page % shard_pages] = static_cast<uint32_t>(page);
        }
        return mapping;
    }
    const uint32_t shards_across = shard_cols == 0 ? 0 : div_up(tensor_cols, shard_cols);
    for (uint32_t shard = 0; shards_across != 0 && shard < mapping.all_cores.size(); ++shard) {
        const uint32_t first_row = shard / shards_across * shard_rows;
        const uint32_t first_col = shard % shards_across * shard_cols;
        for (uint32_t row = 0; row < shard_rows && first_row + row < tensor_rows; ++row) {
            for (uint32_t col = 0; col < shard_cols && first_col + col < tensor_cols; ++col) {
                mapping.core_host_page_indices[shard][row * shard_cols + col] =
                    (first_row + row) * tensor_cols + first_col + col;
            }
        }
    }
    return mapping;
}

}  // namespace tt::tt_metal

std::size_t std::hash<tt::tt_metal::ShardSpec>::operator()(const tt::tt_metal::ShardSpec& spec) const noexcept {
    const std::size_t shape = (std::size_t{spec.shape[0]} << 32) ^ (std::size_t{spec.shape[1]} << 1);
    return std::hash<tt::tt_metal::CoreRangeSet>{}(spec.grid) ^ shape ^ static_cast<std::size_t>(spec.orientation);
}
