// The public face of the allocator, and its state as a value.
#include <tt-metalium/allocator.hpp>

#include <algorithm>

#include <metalium/allocator_impl.h>
#include <tt-metalium/math.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

void Allocator::deallocate_buffers() {
    impl_->deallocate_buffers();
}
std::unordered_set<Buffer*> Allocator::get_allocated_buffers() const {
    return impl_->get_allocated_buffers();
}
size_t Allocator::get_num_allocated_buffers() const {
    return impl_->get_num_allocated_buffers();
}
uint32_t Allocator::get_num_banks(const BufferType& type) const {
    return impl_->get_num_banks(type);
}
DeviceAddr Allocator::get_bank_size(const BufferType& type) const {
    return impl_->get_bank_size(type);
}
uint32_t Allocator::get_dram_channel_from_bank_id(uint32_t bank_id) const {
    return impl_->get_dram_channel_from_bank_id(bank_id);
}
CoreCoord Allocator::get_logical_core_from_bank_id(uint32_t bank_id) const {
    return impl_->get_logical_core_from_bank_id(bank_id);
}
int32_t Allocator::get_bank_offset(BufferType type, uint32_t bank_id) const {
    return impl_->get_bank_offset(type, bank_id);
}
const std::vector<uint32_t>& Allocator::get_bank_ids_from_dram_channel(uint32_t dram_channel) const {
    return impl_->get_bank_ids_from_dram_channel(dram_channel);
}
const std::vector<uint32_t>& Allocator::get_bank_ids_from_logical_core(BufferType type,
                                                                       const CoreCoord& logical_core) const {
    return impl_->get_bank_ids_from_logical_core(type, logical_core);
}
DeviceAddr Allocator::get_base_allocator_addr(const HalMemType& type) const {
    return impl_->get_base_allocator_addr(type);
}
uint32_t Allocator::get_alignment(BufferType type) const {
    return impl_->get_alignment(type);
}
size_t Allocator::get_worker_l1_size() const {
    return impl_->get_worker_l1_size();
}
Statistics Allocator::get_statistics(const BufferType& type) const {
    return impl_->get_statistics(type);
}
MemoryBlockTable Allocator::get_memory_block_table(const BufferType& type) const {
    return impl_->get_memory_block_table(type);
}
void Allocator::dump_memory_blocks(const BufferType& type, std::ostream& out) const {
    impl_->dump_memory_blocks(type, out);
}
std::optional<DeviceAddr> Allocator::get_lowest_occupied_l1_address(uint32_t bank_id) const {
    return impl_->get_lowest_occupied_l1_address(bank_id);
}
AllocatorState Allocator::extract_state() const {
    return impl_->extract_state();
}
void Allocator::override_state(const AllocatorState& state) {
    impl_->override_state(state);
}

namespace detail {

DeviceAddr calculate_bank_size_spread(DeviceAddr size_bytes, DeviceAddr page_size_bytes, uint32_t num_banks,
                                      uint32_t alignment_bytes) {
    TT_FATAL(page_size_bytes == 0 ? size_bytes == 0 : size_bytes % page_size_bytes == 0,
             "Page size {} should divide buffer size {}", page_size_bytes, size_bytes);
    if (page_size_bytes == 0) {
        return 0;
    }
    const DeviceAddr pages_per_bank = div_up(size_bytes / page_size_bytes, num_banks);
    return pages_per_bank * round_up(page_size_bytes, alignment_bytes);
}

}  // namespace detail

void AllocatorState::BufferTypeState::normalize() {
    std::sort(allocated_regions.begin(), allocated_regions.end());
    std::vector<std::pair<DeviceAddr, DeviceAddr>> merged;
    for (const auto& [start, end] : allocated_regions) {
        if (!merged.empty() && start <= merged.back().second) {
            merged.back().second = std::max(merged.back().second, end);
        } else if (start < end) {
            merged.emplace_back(start, end);
        }
    }
    allocated_regions = std::move(merged);
    region_source_allocator_ids.clear();
}

bool AllocatorState::BufferTypeState::is_compatible_with(const BufferTypeState& other) const {
    return buffer_type == other.buffer_type && num_banks == other.num_banks && bank_size == other.bank_size &&
           alignment_bytes == other.alignment_bytes && bank_id_to_bank_offset == other.bank_id_to_bank_offset;
}

void AllocatorState::BufferTypeState::merge(const BufferTypeState& other) {
    TT_FATAL(is_compatible_with(other), "Cannot merge {} states of different allocators", to_string(buffer_type));
    allocated_regions.insert(allocated_regions.end(), other.allocated_regions.begin(), other.allocated_regions.end());
    normalize();
}

DeviceAddr AllocatorState::BufferTypeState::total_allocated_size() const {
    DeviceAddr total = 0;
    for (const auto& [start, end] : allocated_regions) {
        total += end - start;
    }
    return total;
}

void AllocatorState::merge(const AllocatorState& other) {
    for (const auto& [type, state] : other.states_per_buffer_type_) {
        const auto [mine, inserted] = states_per_buffer_type_.emplace(type, state);
        if (!inserted) {
            mine->second.merge(state);
        }
    }
    all_allocated_buffers_.insert(all_allocated_buffers_.end(), other.all_allocated_buffers_.begin(),
                                  other.all_allocated_buffers_.end());
}

DeviceAddr AllocatorState::total_allocated_size() const {
    DeviceAddr total = 0;
    for (const auto& [type, state] : states_per_buffer_type_) {
        total += state.total_allocated_size();
    }
    return total;
}

const std::vector<std::pair<DeviceAddr, DeviceAddr>>& AllocatorState::get_allocated_regions(
    BufferType buffer_type) const {
    static const std::vector<std::pair<DeviceAddr, DeviceAddr>> none;
    const auto state = states_per_buffer_type_.find(buffer_type);
    return state == states_per_buffer_type_.end() ? none : state->second.allocated_regions;
}

}  // namespace tt::tt_metal
