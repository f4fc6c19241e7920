// Addresses in a region: taken from either end, given back, merged with free neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tessera::metalium {

/// A region [base, base + size) of blocks. Bottom-up takes the free block with the lowest address that is large enough
/// and its lower end; top-down the one with the highest address and its upper end. All sizes are rounded up to
/// `alignment`.
class FreeList {
public:
    using Range = std::pair<uint64_t, uint64_t>;  ///< [start, end)

    FreeList(uint64_t size, uint64_t base, uint64_t alignment);

    std::optional<uint64_t> allocate(uint64_t bytes, bool bottom_up);
    /// Takes exactly this range; nothing where part of it is taken or outside.
    std::optional<uint64_t> allocate_at(uint64_t address, uint64_t bytes);
    /// Does nothing for an address at which no block starts.
    void deallocate(uint64_t address);
    void clear();

    uint64_t size() const { return end_ - begin_; }
    uint64_t begin() const { return begin_; }
    uint64_t end() const { return end_; }
    uint64_t allocated_bytes() const { return allocated_bytes_; }
    /// In order of addresses.
    std::vector<Range> free_ranges() const;
    std::vector<Range> allocated_ranges() const;
    std::optional<uint64_t> lowest_occupied() const;

    /// Takes bytes off one end. False where a block is in the way.
    bool shrink(uint64_t bytes, bool bottom_up);
    /// Gives all of them back.
    void reset_size();

private:
    uint64_t align(uint64_t bytes) const;
    void take(std::map<uint64_t, uint64_t>::iterator block, uint64_t address, uint64_t bytes);

    uint64_t full_begin_ = 0;
    uint64_t full_end_ = 0;
    uint64_t begin_ = 0;
    uint64_t end_ = 0;
    uint64_t alignment_ = 1;
    uint64_t allocated_bytes_ = 0;
    std::map<uint64_t, uint64_t> free_;       ///< start to end
    std::map<uint64_t, uint64_t> allocated_;  ///< start to end
};

}  // namespace tessera::metalium
