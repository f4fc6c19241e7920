// A circular buffer of a program: its configuration and where it lies in L1.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>

#include <tt-metalium/circular_buffer.hpp>
#include <tt-metalium/circular_buffer_config.hpp>

namespace tt::tt_metal {

class CircularBufferImpl {
public:
    CircularBufferImpl(const CoreRangeSet& cores, const CircularBufferConfig& config);

    CBHandle id() const { return id_; }
    const CoreRangeSet& core_ranges() const { return cores_; }
    CircularBufferConfig& config() { return config_; }
    const CircularBufferConfig& config() const { return config_; }

    uint32_t size() const { return config_.total_size(); }
    bool globally_allocated() const { return config_.globally_allocated_address().has_value(); }
    bool uses_buffer_index(uint32_t index) const { return config_.buffer_indices().count(index) != 0; }
    uint32_t page_size(uint32_t index) const;
    uint32_t num_pages(uint32_t index) const;
    DataFormat data_format(uint32_t index) const;

    /// L1 address, the same on all cores. Throws before it has been allocated.
    uint32_t address() const;
    void set_local_address(uint32_t address) { local_address_ = address; }

private:
    void validate() const;

    CBHandle id_;
    CoreRangeSet cores_;
    CircularBufferConfig config_;
    std::optional<uint32_t> local_address_;
};

}  // namespace tt::tt_metal
