#include <tt-metalium/circular_buffer_config.hpp>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/hal.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

void check_index(uint32_t index) {
    const uint32_t limit = hal::get_arch_num_circular_buffers();
    TT_FATAL(index < limit, "Buffer index ({}) exceeds max number of circular buffers per core ({})", index, limit);
}

}  // namespace

CircularBufferConfig::CircularBufferConfig(uint32_t total_size,
                                           const std::map<uint8_t, tt::DataFormat>& data_format_spec)
    : total_size_(total_size) {
    set_config(data_format_spec);
}

CircularBufferConfig::CircularBufferConfig(uint32_t total_size) : total_size_(total_size) {}

CircularBufferConfig::CircularBufferConfig(uint32_t total_size,
                                           const std::map<uint8_t, tt::DataFormat>& data_format_spec,
                                           const Buffer& buffer)
    : total_size_(total_size) {
    set_globally_allocated_address(buffer);
    set_config(data_format_spec);
}

CircularBufferConfig::CircularBufferConfig(
    uint32_t total_size, std::optional<uint32_t> globally_allocated_address,
    const std::array<std::optional<tt::DataFormat>, NUM_CIRCULAR_BUFFERS>& data_formats,
    const std::array<std::optional<uint32_t>, NUM_CIRCULAR_BUFFERS>& page_sizes,
    const std::array<std::optional<Tile>, NUM_CIRCULAR_BUFFERS>& tiles,
    const std::unordered_set<uint8_t>& buffer_indices, const std::unordered_set<uint8_t>& local_buffer_indices,
    const std::unordered_set<uint8_t>& remote_buffer_indices, bool dynamic_cb, uint32_t max_size, uint32_t buffer_size)
    : total_size_(total_size),
      globally_allocated_address_(globally_allocated_address),
      data_formats_(data_formats),
      page_sizes_(page_sizes),
      tiles_(tiles),
      buffer_indices_(buffer_indices),
      local_buffer_indices_(local_buffer_indices),
      remote_buffer_indices_(remote_buffer_indices),
      dynamic_cb_(dynamic_cb),
      max_size_(max_size),
      buffer_size_(buffer_size) {}

CircularBufferConfig::CircularBufferConfig(const CBDescriptor& descriptor) : total_size_(descriptor.total_size) {
    if (descriptor.buffer != nullptr) {
        set_globally_allocated_address_and_total_size(*descriptor.buffer, descriptor.total_size,
                                                      descriptor.address_offset);
    }
    const auto add = [&](const CBFormatDescriptor& format, std::unordered_set<uint8_t>& indices) {
        check_index(format.buffer_index);
        TT_FATAL(format.page_size > 0 && total_size_ % format.page_size == 0,
                 "Total circular buffer size {} B must be divisible by page size {} B", total_size_, format.page_size);
        data_formats_[format.buffer_index] = format.data_format;
        page_sizes_[format.buffer_index] = format.page_size;
        if (format.tile) {
            tiles_[format.buffer_index] = Tile({format.tile->height, format.tile->width}, format.tile->transpose);
        }
        buffer_indices_.insert(format.buffer_index);
        indices.insert(format.buffer_index);
    };
    for (const CBFormatDescriptor& format : descriptor.format_descriptors) {
        add(format, local_buffer_indices_);
    }
    for (const CBFormatDescriptor& format : descriptor.remote_format_descriptors) {
        add(format, remote_buffer_indices_);
    }
}

CircularBufferConfig& CircularBufferConfig::set_page_size(uint8_t buffer_index, uint32_t page_size) {
    check_index(buffer_index);
    TT_FATAL(buffer_indices_.count(buffer_index) != 0,
             "Illegal circular buffer index {}. Page size can only be specified for buffer indices configured during "
             "config creation",
             buffer_index);
    TT_FATAL(page_size > 0 && total_size_ % page_size == 0,
             "Failed allocation attempt on buffer index {}. Total circular buffer size {} B must be divisible by page "
             "size {} B",
             buffer_index, total_size_, page_size);
    page_sizes_[buffer_index] = page_size;
    return *this;
}

CircularBufferConfig& CircularBufferConfig::set_total_size(uint32_t total_size) {
    TT_FATAL(
        !dynamic_cb_ || total_size <= max_size_,
        "Cannot set circular buffer size to {}. This is larger than the associated dynamically allocated L1 buffer "
        "bank size of {} B",
        total_size, max_size_);
    total_size_ = total_size;
    return *this;
}

CircularBufferConfig& CircularBufferConfig::set_globally_allocated_address(const Buffer& buffer) {
    return set_globally_allocated_address_and_total_size(buffer, total_size_);
}

CircularBufferConfig& CircularBufferConfig::set_globally_allocated_address_and_total_size(const Buffer& buffer,
                                                                                          uint32_t total_size) {
    return set_globally_allocated_address_and_total_size(buffer, total_size, address_offset_);
}

CircularBufferConfig& CircularBufferConfig::set_globally_allocated_address_and_total_size(const Buffer& buffer,
                                                                                          uint32_t total_size,
                                                                                          uint32_t address_offset) {
    TT_FATAL(buffer.is_l1(), "Only L1 buffers can have an associated circular buffer!");
    const auto bank_size = static_cast<uint32_t>(buffer.aligned_size_per_bank());
    TT_FATAL(address_offset <= bank_size, "address_offset ({}) exceeds buffer bank size ({})", address_offset,
             bank_size);
    TT_FATAL(address_offset % buffer.alignment() == 0, "address_offset ({}) must be aligned to L1 alignment ({})",
             address_offset, buffer.alignment());
    globally_allocated_address_ = buffer.address() + address_offset;
    address_offset_ = address_offset;
    dynamic_cb_ = true;
    max_size_ = bank_size - address_offset;
    buffer_size_ = static_cast<uint32_t>(buffer.aligned_size());
    shadow_global_buffer = &buffer;
    return set_total_size(total_size);
}

void CircularBufferConfig::set_address_offset(uint32_t offset) {
    if (shadow_global_buffer != nullptr) {
        set_globally_allocated_address_and_total_size(*shadow_global_buffer, total_size_, offset);
    } else {
        address_offset_ = offset;
    }
}

CircularBufferConfig& CircularBufferConfig::set_tile_dims(uint8_t buffer_index, const Tile& tile) {
    check_index(buffer_index);
    tiles_[buffer_index] = tile;
    return *this;
}

void CircularBufferConfig::set_config(const std::map<uint8_t, tt::DataFormat>& data_format_spec) {
    for (const auto& [index, format] : data_format_spec) {
        check_index(index);
        data_formats_[index] = format;
        buffer_indices_.insert(index);
        local_buffer_indices_.insert(index);
    }
}

CircularBufferConfig::Builder::Builder(CircularBufferConfig& parent, uint8_t buffer_index)
    : parent_(parent), buffer_index_(buffer_index) {
    check_index(buffer_index);
    parent_.buffer_indices_.insert(buffer_index);
}

CircularBufferConfig::Builder CircularBufferConfig::Builder::LocalBuilder(CircularBufferConfig& parent,
                                                                          uint8_t buffer_index) {
    TT_FATAL(parent.remote_buffer_indices_.count(buffer_index) == 0, "Buffer index {} is already marked as remote",
             buffer_index);
    Builder builder(parent, buffer_index);
    parent.local_buffer_indices_.insert(buffer_index);
    return builder;
}

CircularBufferConfig::Builder CircularBufferConfig::Builder::RemoteBuilder(CircularBufferConfig& parent,
                                                                           uint8_t buffer_index) {
    TT_FATAL(parent.local_buffer_indices_.count(buffer_index) == 0, "Buffer index {} is already marked as local",
             buffer_index);
    TT_FATAL(parent.remote_buffer_indices_.empty() || parent.remote_buffer_indices_.count(buffer_index) != 0,
             "Can only specify one remote buffer index per config");
    Builder builder(parent, buffer_index);
    parent.remote_buffer_indices_.insert(buffer_index);
    return builder;
}

const CircularBufferConfig::Builder& CircularBufferConfig::Builder::set_data_format(tt::DataFormat data_format) const {
    parent_.data_formats_[buffer_index_] = data_format;
    return *this;
}
const CircularBufferConfig::Builder& CircularBufferConfig::Builder::set_total_size(uint32_t total_size) const {
    parent_.set_total_size(total_size);
    return *this;
}
const CircularBufferConfig::Builder& CircularBufferConfig::Builder::set_page_size(uint32_t page_size) const {
    parent_.set_page_size(buffer_index_, page_size);
    return *this;
}
const CircularBufferConfig::Builder& CircularBufferConfig::Builder::set_tile_dims(const Tile& tile) const {
    parent_.set_tile_dims(buffer_index_, tile);
    return *this;
}

CircularBufferConfig::Builder CircularBufferConfig::index(uint8_t buffer_index) {
    return Builder::LocalBuilder(*this, buffer_index);
}
CircularBufferConfig::Builder CircularBufferConfig::remote_index(uint8_t buffer_index) {
    return Builder::RemoteBuilder(*this, buffer_index);
}

bool operator==(const CircularBufferConfig& lhs, const CircularBufferConfig& rhs) {
    return lhs.total_size_ == rhs.total_size_ && lhs.globally_allocated_address_ == rhs.globally_allocated_address_ &&
           lhs.data_formats_ == rhs.data_formats_ && lhs.page_sizes_ == rhs.page_sizes_ && lhs.tiles_ == rhs.tiles_ &&
           lhs.shadow_global_buffer == rhs.shadow_global_buffer;
}

}  // namespace tt::tt_metal
