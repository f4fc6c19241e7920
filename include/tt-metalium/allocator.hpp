// What a program can ask the allocator of a device. Addresses are lock-step: a buffer starts at the same address in
// every bank it uses. DRAM is filled from the bottom, L1 from the top, unless a buffer asks otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <tt-metalium/allocator_state.hpp>
#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/hal_types.hpp>
#include <tt-metalium/tt_align.hpp>

namespace tt::tt_metal {

/// Memory of one bank, in bytes.
struct Statistics {
    size_t total_allocatable_size_bytes = 0;
    size_t total_allocated_bytes = 0;
    size_t total_free_bytes = 0;
    size_t largest_free_block_bytes = 0;
    /// Where blocks of that size start, relative to the bank.
    std::vector<uint32_t> largest_free_block_addrs;
};

/// One row a block: "blockID", "address", "size", "prevID", "nextID", "allocated".
using MemoryBlockTable = std::vector<std::unordered_map<std::string, std::string>>;

class AllocatorImpl;
class Buffer;

/// A view of one device's allocator; the device owns it.
class Allocator {
public:
    explicit Allocator(AllocatorImpl* impl) : impl_(impl) {}

    /// Frees everything; buffers that exist keep addresses that are theirs no more.
    void deallocate_buffers();
    std::unordered_set<Buffer*> get_allocated_buffers() const;
    size_t get_num_allocated_buffers() const;
    uint32_t get_num_banks(const BufferType& buffer_type) const;
    /// Bytes of a bank that buffers of this type may use.
    DeviceAddr get_bank_size(const BufferType& buffer_type) const;
    uint32_t get_dram_channel_from_bank_id(uint32_t bank_id) const;
    CoreCoord get_logical_core_from_bank_id(uint32_t bank_id) const;
    /// What to add to a buffer's address to get the address in this bank's memory.
    int32_t get_bank_offset(BufferType buffer_type, uint32_t bank_id) const;
    const std::vector<uint32_t>& get_bank_ids_from_dram_channel(uint32_t dram_channel) const;
    const std::vector<uint32_t>& get_bank_ids_from_logical_core(BufferType buffer_type,
                                                                const CoreCoord& logical_core) const;
    /// The first address that buffers of this memory may have.
    DeviceAddr get_base_allocator_addr(const HalMemType& mem_type) const;
    /// What addresses and page sizes are rounded up to, in bytes.
    uint32_t get_alignment(BufferType buffer_type) const;
    size_t get_worker_l1_size() const;
    Statistics get_statistics(const BufferType& buffer_type) const;
    MemoryBlockTable get_memory_block_table(const BufferType& buffer_type) const;
    void dump_memory_blocks(const BufferType& buffer_type, std::ostream& out) const;
    /// The lowest address that an L1 buffer has, if there is any; circular buffers must end below it.
    std::optional<DeviceAddr> get_lowest_occupied_l1_address(uint32_t bank_id) const;

    /// What is allocated now.
    AllocatorState extract_state() const;
    /// Makes the allocator hold exactly what this state says; buffers from before keep addresses that are theirs no
    /// more.
    void override_state(const AllocatorState& state);

    AllocatorImpl* impl() const { return impl_; }

private:
    AllocatorImpl* impl_;
};

namespace detail {

/// Bytes that each of `num_banks` banks must hold for pages dealt to them one after the other.
DeviceAddr calculate_bank_size_spread(DeviceAddr size_bytes, DeviceAddr page_size_bytes, uint32_t num_banks,
                                      uint32_t alignment_bytes);

/// The same, under its older name.
inline DeviceAddr SizeBytesPerBank(DeviceAddr size_bytes, DeviceAddr page_size_bytes, uint32_t num_banks,
                                   uint32_t alignment_bytes) {
    return calculate_bank_size_spread(size_bytes, page_size_bytes, num_banks, alignment_bytes);
}

}  // namespace detail

}  // namespace tt::tt_metal
