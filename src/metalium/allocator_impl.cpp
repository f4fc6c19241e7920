// The regions of a device's memory and who has what in them.
#include <metalium/allocator_impl.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/math.hpp>
#include <tt-metalium/tt_align.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

AllocatorConfig AllocatorConfig::for_chip(const tessera::arch::Chip& chip, DeviceAddr l1_small_size,
                                          DeviceAddr trace_region_size, DeviceAddr worker_l1_size,
                                          const std::vector<uint32_t>& l1_bank_remap) {
    AllocatorConfig config;
    config.dram_alignment = chip.dram_read_alignment;
    config.dram_bank_offsets.assign(chip.dram_bank_offset.begin(), chip.dram_bank_offset.end());
    config.dram_bank_offsets.resize(chip.num_dram_banks, 0);
    config.dram_bank_size = chip.dram_bank_bytes;
    config.dram_unreserved_base = chip.dram_read_alignment;  // one aligned word is the memory barrier's
    config.trace_region_size = align(trace_region_size, DeviceAddr{chip.dram_read_alignment});

    const auto workers = static_cast<uint32_t>(chip.compute_grid.x) * chip.compute_grid.y;
    for (uint32_t i = 0; i < l1_bank_remap.size(); ++i) {
        TT_FATAL(l1_bank_remap.size() == workers && l1_bank_remap[i] == i,
                 "l1_bank_remap asks for bank {} at worker {}, but L1 banks are numbered like workers, row by row",
                 l1_bank_remap[i], i);
    }
    for (uint32_t i = 0; i < workers; ++i) {
        config.l1_cores.emplace_back(i % chip.compute_grid.x, i / chip.compute_grid.x);
    }
    config.l1_alignment = chip.l1_alignment;
    config.worker_l1_size = chip.l1_bytes;
    const DeviceAddr usable = chip.l1_bytes - chip.l1_unreserved_base;
    TT_FATAL(worker_l1_size <= usable, "worker_l1_size {} is more than the {} B of L1 that programs may use",
             worker_l1_size, usable);
    const DeviceAddr start = worker_l1_size == 0 ? chip.l1_unreserved_base : chip.l1_bytes - worker_l1_size;
    config.l1_unreserved_base = align(start, DeviceAddr{chip.dram_read_alignment});
    config.l1_small_size = align(l1_small_size, DeviceAddr{chip.dram_read_alignment});
    TT_FATAL(config.l1_small_size < config.worker_l1_size - config.l1_unreserved_base,
             "L1_SMALL region of {} B must be smaller than the {} B of L1 that programs may use", config.l1_small_size,
             config.worker_l1_size - config.l1_unreserved_base);
    TT_FATAL(config.trace_region_size < config.dram_bank_size - config.dram_unreserved_base,
             "Trace region of {} B must be smaller than a DRAM bank of {} B", config.trace_region_size,
             config.dram_bank_size);
    return config;
}

// All lists align to DRAM's alignment, L1 ones too, so that data can move between any two buffers.
AllocatorImpl::AllocatorImpl(AllocatorConfig config) : config_(std::move(config)) {
    const auto dram_banks = static_cast<uint32_t>(config_.dram_bank_offsets.size());
    const auto l1_banks = static_cast<uint32_t>(config_.l1_cores.size());
    const DeviceAddr dram_size = config_.dram_bank_size - config_.dram_unreserved_base - config_.trace_region_size;
    const DeviceAddr l1_size = config_.worker_l1_size - config_.l1_unreserved_base - config_.l1_small_size;
    using tessera::metalium::FreeList;
    regions_.push_back({BufferType::DRAM, dram_banks, config_.dram_alignment, 0,
                        FreeList(dram_size, config_.dram_unreserved_base, config_.dram_alignment)});
    regions_.push_back({BufferType::L1, l1_banks, config_.l1_alignment, config_.l1_unreserved_base,
                        FreeList(l1_size, config_.l1_unreserved_base, config_.dram_alignment)});
    regions_.push_back({BufferType::L1_SMALL, config_.l1_small_size > 0 ? l1_banks : 0, config_.l1_alignment, 0,
                        FreeList(config_.l1_small_size, config_.l1_unreserved_base + l1_size, config_.dram_alignment)});
    regions_.push_back(
        {BufferType::TRACE, dram_banks, config_.dram_alignment, 0,
         FreeList(config_.trace_region_size, config_.dram_unreserved_base + dram_size, config_.dram_alignment)});

    for (uint32_t bank = 0; bank < l1_banks; ++bank) {
        l1_banks_of_core_[config_.l1_cores[bank]] = {bank};
    }
    for (uint32_t bank = 0; bank < dram_banks; ++bank) {
        dram_banks_of_channel_.push_back({bank});
    }
}

AllocatorImpl::Region& AllocatorImpl::region(BufferType type) {
    for (Region& region : regions_) {
        if (region.type == type) {
            return region;
        }
    }
    TT_THROW("Unsupported buffer type!");
}

const AllocatorImpl::Region& AllocatorImpl::region(BufferType type) const {
    return const_cast<AllocatorImpl*>(this)->region(type);
}

DeviceAddr AllocatorImpl::allocate_locked(BufferType type, DeviceAddr size, DeviceAddr page_size, bool bottom_up,
                                          std::optional<uint32_t> num_shards) {
    if (allocations_unsafe_ && !warned_) {
        warned_ = true;
        log_warning(tt::LogMetal,
                    "Allocating device buffers is unsafe due to the existence of an active trace. These buffers may be "
                    "corrupted once a trace is executed.");
    }
    TT_FATAL(num_shards.has_value() || !config_.disable_interleaved,
             "Interleaved allocation is disabled here: a sub-device's own L1 holds sharded buffers only");
    TT_FATAL(num_shards.has_value() || type != BufferType::L1_SMALL, "L1_SMALL only supports sharded allocations");
    Region& where = region(type);
    uint32_t banks = where.num_banks;
    if (num_shards) {
        TT_FATAL(
            *num_shards <= config_.l1_cores.size(),
            "Expected number of shards {} to be less than or equal to total number of L1 banks {} in compute cores",
            *num_shards, config_.l1_cores.size());
        banks = *num_shards;
    }
    const DeviceAddr per_bank =
        banks == 0 ? 0 : detail::calculate_bank_size_spread(size, page_size, banks, where.alignment);
    const auto address = banks == 0 ? std::nullopt : where.list.allocate(per_bank, bottom_up);
    if (!address) {
        uint64_t largest = 0;
        for (const auto& [start, end] : where.list.free_ranges()) {
            largest = std::max(largest, end - start);
        }
        TT_THROW(
            "Out of Memory: Not enough space to allocate {} B {} buffer across {} banks, where each bank needs to "
            "store {} B, but bank size is {} B (allocated: {} B, free: {} B, largest free block: {} B)",
            size, to_string(type), banks, per_bank, where.list.size(), where.list.allocated_bytes(),
            where.list.size() - where.list.allocated_bytes(), largest);
    }
    return *address;
}

DeviceAddr AllocatorImpl::allocate_buffer(Buffer* buffer) {
    const DeviceAddr size = buffer->aligned_size();
    const DeviceAddr page_size = buffer->aligned_page_size();
    const std::optional<uint32_t> num_shards = buffer->num_cores();
    const std::lock_guard lock(mutex_);
    const DeviceAddr address = allocate_locked(buffer->buffer_type(), size, page_size, buffer->bottom_up(), num_shards);
    buffers_.insert(buffer);
    return address;
}

DeviceAddr AllocatorImpl::allocate(BufferType type, DeviceAddr size, DeviceAddr page_size, bool bottom_up,
                                   std::optional<uint32_t> num_shards) {
    const std::lock_guard lock(mutex_);
    return allocate_locked(type, size, page_size, bottom_up, num_shards);
}

// A buffer that is not known any more has lost its memory to deallocate_buffers or override_state.
void AllocatorImpl::deallocate_buffer(Buffer* buffer) {
    const std::lock_guard lock(mutex_);
    if (buffers_.erase(buffer) != 0) {
        region(buffer->buffer_type()).list.deallocate(buffer->address());
    }
}

void AllocatorImpl::deallocate(BufferType type, DeviceAddr address) {
    const std::lock_guard lock(mutex_);
    region(type).list.deallocate(address);
}

void AllocatorImpl::deallocate_buffers() {
    clear();
}

void AllocatorImpl::clear() {
    const std::lock_guard lock(mutex_);
    for (Region& region : regions_) {
        region.list.clear();
    }
    buffers_.clear();
}

std::unordered_set<Buffer*> AllocatorImpl::get_allocated_buffers() const {
    const std::lock_guard lock(mutex_);
    return buffers_;
}

size_t AllocatorImpl::get_num_allocated_buffers() const {
    const std::lock_guard lock(mutex_);
    return buffers_.size();
}

uint32_t AllocatorImpl::get_num_banks(BufferType type) const {
    return region(type).num_banks;
}

DeviceAddr AllocatorImpl::get_bank_size(BufferType type) const {
    const std::lock_guard lock(mutex_);
    return region(type).list.size();
}

uint32_t AllocatorImpl::get_dram_channel_from_bank_id(uint32_t bank_id) const {
    TT_FATAL(bank_id < dram_banks_of_channel_.size(), "Expected bank {} to be tracked!", bank_id);
    return bank_id;
}

CoreCoord AllocatorImpl::get_logical_core_from_bank_id(uint32_t bank_id) const {
    TT_FATAL(bank_id < config_.l1_cores.size(), "Expected bank {} to be tracked!", bank_id);
    return config_.l1_cores[bank_id];
}

int32_t AllocatorImpl::get_bank_offset(BufferType type, uint32_t bank_id) const {
    TT_FATAL(bank_id < region(type).num_banks, "Expected bank {} to be tracked!", bank_id);
    const bool dram = type == BufferType::DRAM || type == BufferType::TRACE;
    return dram ? static_cast<int32_t>(config_.dram_bank_offsets[bank_id]) : 0;
}

const std::vector<uint32_t>& AllocatorImpl::get_bank_ids_from_dram_channel(uint32_t dram_channel) const {
    TT_FATAL(dram_channel < dram_banks_of_channel_.size(), "No DRAM bank exists for DRAM channel {}", dram_channel);
    return dram_banks_of_channel_[dram_channel];
}

const std::vector<uint32_t>& AllocatorImpl::get_bank_ids_from_logical_core(BufferType type,
                                                                           const CoreCoord& logical_core) const {
    if (type == BufferType::DRAM || type == BufferType::TRACE) {
        TT_FATAL(logical_core.y == 0 && logical_core.x < dram_banks_of_channel_.size(), "No {} bank exists for core {}",
                 to_string(type), logical_core.str());
        return dram_banks_of_channel_[logical_core.x];
    }
    const auto banks = l1_banks_of_core_.find(logical_core);
    TT_FATAL(banks != l1_banks_of_core_.end() && region(type).num_banks != 0, "No {} bank exists for core {}",
             to_string(type), logical_core.str());
    return banks->second;
}

DeviceAddr AllocatorImpl::get_base_allocator_addr(HalMemType type) const {
    switch (type) {
        case HalMemType::DRAM:
            return config_.dram_unreserved_base;
        case HalMemType::L1:
            return config_.l1_unreserved_base;
        default:
            TT_THROW("Allocator does not support allocating in {}", to_string(type));
    }
}

uint32_t AllocatorImpl::get_alignment(BufferType type) const {
    return region(type).alignment;
}

Statistics AllocatorImpl::get_statistics(BufferType type) const {
    const std::lock_guard lock(mutex_);
    const auto& list = region(type).list;
    Statistics statistics;
    statistics.total_allocatable_size_bytes = list.size();
    statistics.total_allocated_bytes = list.allocated_bytes();
    statistics.total_free_bytes = list.size() - list.allocated_bytes();
    for (const auto& [start, end] : list.free_ranges()) {
        const uint64_t size = end - start;
        if (size > statistics.largest_free_block_bytes) {
            statistics.largest_free_block_bytes = size;
            statistics.largest_free_block_addrs.clear();
        }
        if (size == statistics.largest_free_block_bytes) {
            statistics.largest_free_block_addrs.push_back(static_cast<uint32_t>(start));
        }
    }
    return statistics;
}

MemoryBlockTable AllocatorImpl::get_memory_block_table(BufferType type) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::pair<uint64_t, uint64_t>, bool>> blocks;
    for (const auto& range : region(type).list.free_ranges()) {
        blocks.emplace_back(range, false);
    }
    for (const auto& range : region(type).list.allocated_ranges()) {
        blocks.emplace_back(range, true);
    }
    std::sort(blocks.begin(), blocks.end());
    MemoryBlockTable table;
    for (size_t i = 0; i < blocks.size(); ++i) {
        const auto& [range, allocated] = blocks[i];
        table.push_back({{"blockID", std::to_string(i)},
                         {"address", std::to_string(range.first)},
                         {"size", std::to_string(range.second - range.first)},
                         {"prevID", std::to_string(static_cast<long>(i) - 1)},
                         {"nextID", i + 1 < blocks.size() ? std::to_string(i + 1) : "-1"},
                         {"allocated", allocated ? "yes" : "no"}});
    }
    return table;
}

void AllocatorImpl::dump_memory_blocks(BufferType type, std::ostream& out) const {
    out << to_string(type) << " memory of each bank:\n  address, size, allocated\n";
    for (const auto& block : get_memory_block_table(type)) {
        out << "  " << block.at("address") << ", " << block.at("size") << ", " << block.at("allocated") << "\n";
    }
}

std::optional<DeviceAddr> AllocatorImpl::get_lowest_occupied_l1_address(uint32_t) const {
    const std::lock_guard lock(mutex_);
    return region(BufferType::L1).list.lowest_occupied();
}

void AllocatorImpl::shrink_allocator_size(BufferType type, DeviceAddr shrink_size, bool bottom_up) {
    const std::lock_guard lock(mutex_);
    TT_FATAL(region(type).list.shrink(shrink_size, bottom_up),
             "Cannot take {} B of {} away from the {} of the allocator: buffers are in the way", shrink_size,
             to_string(type), bottom_up ? "bottom" : "top");
}

void AllocatorImpl::reset_allocator_size(BufferType type) {
    const std::lock_guard lock(mutex_);
    region(type).list.reset_size();
}

void AllocatorImpl::mark_allocations_unsafe() {
    const std::lock_guard lock(mutex_);
    allocations_unsafe_ = true;
}

void AllocatorImpl::mark_allocations_safe() {
    const std::lock_guard lock(mutex_);
    allocations_unsafe_ = false;
}

AllocatorState AllocatorImpl::extract_state() const {
    const std::lock_guard lock(mutex_);
    std::unordered_map<BufferType, AllocatorState::BufferTypeState> states;
    for (const Region& region : regions_) {
        AllocatorState::BufferTypeState state;
        state.buffer_type = region.type;
        state.num_banks = region.num_banks;
        state.bank_size = region.list.size();
        state.interleaved_address_limit = region.interleaved_address_limit;
        state.alignment_bytes = region.alignment;
        const bool dram = region.type == BufferType::DRAM || region.type == BufferType::TRACE;
        for (uint32_t bank = 0; bank < region.num_banks; ++bank) {
            state.bank_id_to_bank_offset[bank] = dram ? config_.dram_bank_offsets[bank] : 0;
        }
        state.allocated_regions = region.list.allocated_ranges();
        state.normalize();
        states.emplace(region.type, std::move(state));
    }
    return {std::move(states), {buffers_.begin(), buffers_.end()}};
}

void AllocatorImpl::override_state(const AllocatorState& state) {
    clear();
    const std::lock_guard lock(mutex_);
    for (Region& region : regions_) {
        for (const auto& [start, end] : state.get_allocated_regions(region.type)) {
            TT_FATAL(region.list.allocate_at(start, end - start).has_value(),
                     "The state's {} region [{}, {}) lies outside of this allocator", to_string(region.type), start,
                     end);
        }
    }
}

}  // namespace tt::tt_metal
