// What a circular buffer is made of: bytes, the indices that share them, and a format and page size for each index.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>

#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/program_descriptors.hpp>
#include <tt-metalium/tile.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal {

using CBHandle = uintptr_t;

class CircularBufferConfig {
public:
    /// total_size: bytes on each core. Several indices share the same bytes, each with counters of its own.
    CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, tt::DataFormat>& data_format_spec);
    /// To be completed with index().
    CircularBufferConfig(uint32_t total_size);
    /// Lies on an L1 buffer.
    CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, tt::DataFormat>& data_format_spec,
                         const Buffer& buffer);
    CircularBufferConfig(uint32_t total_size, std::optional<uint32_t> globally_allocated_address,
                         const std::array<std::optional<tt::DataFormat>, NUM_CIRCULAR_BUFFERS>& data_formats,
                         const std::array<std::optional<uint32_t>, NUM_CIRCULAR_BUFFERS>& page_sizes,
                         const std::array<std::optional<Tile>, NUM_CIRCULAR_BUFFERS>& tiles,
                         const std::unordered_set<uint8_t>& buffer_indices,
                         const std::unordered_set<uint8_t>& local_buffer_indices,
                         const std::unordered_set<uint8_t>& remote_buffer_indices, bool dynamic_cb, uint32_t max_size,
                         uint32_t buffer_size);
    CircularBufferConfig(const CBDescriptor& descriptor);

    /// Bytes; must divide the total size.
    CircularBufferConfig& set_page_size(uint8_t buffer_index, uint32_t page_size);
    CircularBufferConfig& set_total_size(uint32_t total_size);
    CircularBufferConfig& set_globally_allocated_address(const Buffer& buffer);
    CircularBufferConfig& set_globally_allocated_address_and_total_size(const Buffer& buffer, uint32_t total_size);
    /// Starts address_offset bytes into each core's part of the buffer, at a multiple of its alignment.
    CircularBufferConfig& set_globally_allocated_address_and_total_size(const Buffer& buffer, uint32_t total_size,
                                                                        uint32_t address_offset);
    void set_address_offset(uint32_t offset);
    CircularBufferConfig& set_tile_dims(uint8_t buffer_index, const Tile& tile);

    const std::array<std::optional<Tile>, NUM_CIRCULAR_BUFFERS>& tiles() const { return tiles_; }
    uint32_t total_size() const { return total_size_; }
    std::optional<uint32_t> globally_allocated_address() const { return globally_allocated_address_; }
    const std::unordered_set<uint8_t>& buffer_indices() const { return buffer_indices_; }
    const std::unordered_set<uint8_t>& local_buffer_indices() const { return local_buffer_indices_; }
    const std::unordered_set<uint8_t>& remote_buffer_indices() const { return remote_buffer_indices_; }
    const std::array<std::optional<tt::DataFormat>, NUM_CIRCULAR_BUFFERS>& data_formats() const {
        return data_formats_;
    }
    const std::array<std::optional<uint32_t>, NUM_CIRCULAR_BUFFERS>& page_sizes() const { return page_sizes_; }
    /// True when the bytes are a buffer's.
    bool dynamic_cb() const { return dynamic_cb_; }
    uint32_t max_size() const { return max_size_; }        ///< bytes of the buffer on one core, from the offset on
    uint32_t buffer_size() const { return buffer_size_; }  ///< bytes of the whole buffer
    /// Bytes between the buffer's address and the circular buffer.
    uint32_t address_offset() const { return address_offset_; }

    /// The buffer that the circular buffer lies on, if any.
    const Buffer* shadow_global_buffer{nullptr};

    /// Completes one index: config.index(i).set_data_format(f).set_page_size(n).
    class Builder {
    public:
        static Builder LocalBuilder(CircularBufferConfig& parent, uint8_t buffer_index);
        static Builder RemoteBuilder(CircularBufferConfig& parent, uint8_t buffer_index);

        const Builder& set_data_format(tt::DataFormat data_format) const;
        const Builder& set_total_size(uint32_t total_size) const;
        const Builder& set_page_size(uint32_t page_size) const;
        const Builder& set_tile_dims(const Tile& tile) const;

    private:
        Builder(CircularBufferConfig& parent, uint8_t buffer_index);

        CircularBufferConfig& parent_;
        uint8_t buffer_index_;
    };

    Builder index(uint8_t buffer_index);
    Builder remote_index(uint8_t buffer_index);

    friend bool operator==(const CircularBufferConfig& lhs, const CircularBufferConfig& rhs);
    friend bool operator!=(const CircularBufferConfig& lhs, const CircularBufferConfig& rhs) { return !(lhs == rhs); }

private:
    void set_config(const std::map<uint8_t, tt::DataFormat>& data_format_spec);

    uint32_t total_size_ = 0;
    std::optional<uint32_t> globally_allocated_address_;
    std::array<std::optional<tt::DataFormat>, NUM_CIRCULAR_BUFFERS> data_formats_;
    std::array<std::optional<uint32_t>, NUM_CIRCULAR_BUFFERS> page_sizes_;
    std::array<std::optional<Tile>, NUM_CIRCULAR_BUFFERS> tiles_;
    std::unordered_set<uint8_t> buffer_indices_;
    std::unordered_set<uint8_t> local_buffer_indices_;
    std::unordered_set<uint8_t> remote_buffer_indices_;
    bool dynamic_cb_ = false;
    uint32_t max_size_ = 0;
    uint32_t buffer_size_ = 0;
    uint32_t address_offset_ = 0;
};

bool operator==(const CircularBufferConfig& lhs, const CircularBufferConfig& rhs);

}  // namespace tt::tt_metal
