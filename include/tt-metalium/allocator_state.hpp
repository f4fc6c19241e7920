// What an allocator holds, as a value that can be taken out, merged and put back.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/hal_types.hpp>

namespace tt::tt_metal {

class Buffer;

/// Allocated regions by buffer type, and the buffers that have them.
class AllocatorState {
public:
    /// The regions of one type.
    struct BufferTypeState {
        BufferType buffer_type = BufferType::DRAM;
        uint32_t num_banks = 0;
        DeviceAddr bank_size = 0;
        DeviceAddr interleaved_address_limit = 0;
        uint32_t alignment_bytes = 0;
        std::unordered_map<uint32_t, int64_t> bank_id_to_bank_offset;
        /// [start, end) addresses: sorted, and merged where they touch.
        std::vector<std::pair<DeviceAddr, DeviceAddr>> allocated_regions;
        std::vector<uint32_t> region_source_allocator_ids;

        /// Adds the regions of a compatible state; throws for others.
        void merge(const BufferTypeState& other);
        void normalize();
        DeviceAddr total_allocated_size() const;
        /// True for the same type, banks and alignment.
        bool is_compatible_with(const BufferTypeState& other) const;
    };

    AllocatorState() = default;
    AllocatorState(std::unordered_map<BufferType, BufferTypeState> states_per_buffer_type,
                   std::vector<Buffer*> all_allocated_buffers)
        : states_per_buffer_type_(std::move(states_per_buffer_type)),
          all_allocated_buffers_(std::move(all_allocated_buffers)) {}

    void merge(const AllocatorState& other);
    /// Bytes in each bank, over all types.
    DeviceAddr total_allocated_size() const;
    bool has_buffer_type(BufferType buffer_type) const { return states_per_buffer_type_.contains(buffer_type); }
    /// Empty where the type is not present.
    const std::vector<std::pair<DeviceAddr, DeviceAddr>>& get_allocated_regions(BufferType buffer_type) const;
    const std::vector<Buffer*>& get_all_allocated_buffers() const { return all_allocated_buffers_; }
    const std::unordered_map<BufferType, BufferTypeState>& get_states_per_buffer_type() const {
        return states_per_buffer_type_;
    }

private:
    std::unordered_map<BufferType, BufferTypeState> states_per_buffer_type_;
    std::vector<Buffer*> all_allocated_buffers_;
};

}  // namespace tt::tt_metal
