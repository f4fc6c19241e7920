// The allocator of one device (or of a mesh, whose chips are allocated alike): four regions, each lock-step over its
// banks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <arch/arch.h>
#include <metalium/free_list.h>
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/allocator_state.hpp>
#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/hal_types.hpp>

namespace tt::tt_metal {

/// Sizes and banks of a device's memories; all sizes in bytes.
struct AllocatorConfig {
    std::vector<int64_t> dram_bank_offsets;  ///< one a bank: added to a buffer's address
    DeviceAddr dram_bank_size = 0;
    DeviceAddr dram_unreserved_base = 0;
    uint32_t dram_alignment = 32;
    DeviceAddr trace_region_size = 0;  ///< at the end of every DRAM bank
    std::vector<CoreCoord> l1_cores;   ///< one a bank: the logical core whose L1 it is
    DeviceAddr l1_unreserved_base = 0;
    DeviceAddr worker_l1_size = 0;  ///< end of L1
    DeviceAddr l1_small_size = 0;   ///< at the end of L1
    uint32_t l1_alignment = 16;
    bool disable_interleaved = false;  ///< a sub-device's own memory holds sharded buffers only

    /// The configuration of a chip. L1 banks are numbered like workers, row by row, as kernels number them
    /// (l1_bank_remap may say nothing else). worker_l1_size: bytes for programs, 0 for all.
    static AllocatorConfig for_chip(const tessera::arch::Chip& chip, DeviceAddr l1_small_size,
                                    DeviceAddr trace_region_size, DeviceAddr worker_l1_size = 0,
                                    const std::vector<uint32_t>& l1_bank_remap = {});
};

class Buffer;

/// All methods may be called from several threads.
class AllocatorImpl {
public:
    explicit AllocatorImpl(AllocatorConfig config);

    /// Finds memory for a buffer by its size, layout and type. Throws where there is none.
    DeviceAddr allocate_buffer(Buffer* buffer);
    /// The same without a buffer: bytes and page (both aligned), the cores of a sharded buffer if it is one.
    DeviceAddr allocate(BufferType type, DeviceAddr size, DeviceAddr page_size, bool bottom_up,
                        std::optional<uint32_t> num_shards);
    void deallocate_buffer(Buffer* buffer);
    void deallocate(BufferType type, DeviceAddr address);
    void deallocate_buffers();

    std::unordered_set<Buffer*> get_allocated_buffers() const;
    size_t get_num_allocated_buffers() const;
    uint32_t get_num_banks(BufferType type) const;
    DeviceAddr get_bank_size(BufferType type) const;
    uint32_t get_dram_channel_from_bank_id(uint32_t bank_id) const;
    CoreCoord get_logical_core_from_bank_id(uint32_t bank_id) const;
    int32_t get_bank_offset(BufferType type, uint32_t bank_id) const;
    const std::vector<uint32_t>& get_bank_ids_from_dram_channel(uint32_t dram_channel) const;
    const std::vector<uint32_t>& get_bank_ids_from_logical_core(BufferType type, const CoreCoord& logical_core) const;
    DeviceAddr get_base_allocator_addr(HalMemType type) const;
    uint32_t get_alignment(BufferType type) const;
    size_t get_worker_l1_size() const { return config_.worker_l1_size; }
    const AllocatorConfig& get_config() const { return config_; }
    Statistics get_statistics(BufferType type) const;
    MemoryBlockTable get_memory_block_table(BufferType type) const;
    void dump_memory_blocks(BufferType type, std::ostream& out) const;

    /// The lowest address of any L1 buffer.
    std::optional<DeviceAddr> get_lowest_occupied_l1_address(uint32_t bank_id = 0) const;
    std::optional<DeviceAddr> lowest_occupied_l1_address() const { return get_lowest_occupied_l1_address(); }

    /// Takes bytes away from one end of a region, for a sub-device's own allocator; reset gives them back. Throws where
    /// buffers are in the way.
    void shrink_allocator_size(BufferType type, DeviceAddr shrink_size, bool bottom_up = true);
    void reset_allocator_size(BufferType type);

    /// While marked unsafe (a trace is live), the first allocation warns.
    void mark_allocations_unsafe();
    void mark_allocations_safe();
    void clear();

    AllocatorState extract_state() const;
    void override_state(const AllocatorState& state);

private:
    struct Region {
        BufferType type;
        uint32_t num_banks = 0;
        uint32_t alignment = 0;
        DeviceAddr interleaved_address_limit = 0;
        tessera::metalium::FreeList list;
    };

    Region& region(BufferType type);
    const Region& region(BufferType type) const;
    DeviceAddr allocate_locked(BufferType type, DeviceAddr size, DeviceAddr page_size, bool bottom_up,
                               std::optional<uint32_t> num_shards);

    AllocatorConfig config_;
    mutable std::mutex mutex_;
    std::vector<Region> regions_;
    std::unordered_map<CoreCoord, std::vector<uint32_t>> l1_banks_of_core_;
    std::vector<std::vector<uint32_t>> dram_banks_of_channel_;
    std::unordered_set<Buffer*> buffers_;
    bool allocations_unsafe_ = false;
    bool warned_ = false;
};

}  // namespace tt::tt_metal
