// Who last wrote and who has read each byte of a memory, as ranges that were accessed alike: a page that one transfer
// fills is one range, whatever its size.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <vector>

#include <check/clocks.h>
#include <sim/memory.h>

namespace tessera::check {

/// One access, small enough to keep for every range.
struct Access {
    uint32_t number = 0;     ///< on its channel; 0: there was none in this launch
    uint32_t issued = 0;     ///< the processor's own time when it was issued
    uint32_t site = 0;       ///< return address, from the start of the kernel's image
    uint32_t sent_to = 0;    ///< of a write's source: where the bytes go, or the first of a multicast's destinations
    uint16_t processor = 0;  ///< number in this launch
    Channel channel = Channel::Self;
    uint8_t trid = no_trid;
    bool multicast = false;

    static constexpr uint8_t no_trid = 0xFF;
    bool any() const { return number != 0; }
};

/// A range: one line of the host's cache.
struct alignas(64) Cell {
    Access write;
    Access read;
    uint32_t begin = ~0U, end = 0;  ///< in granules; as they are here: none
    uint32_t next = 0;              ///< the next range, if it begins in the block in which this one ends; else 0
    uint32_t more = 0;  ///< further readers that are not ordered with the first: index in Shadow's list, 0 for none
};

class SpinLock {
public:
    void lock() {
        while (flag_.test_and_set(std::memory_order_acquire)) {
            __builtin_ia32_pause();
        }
    }
    void unlock() { flag_.clear(std::memory_order_release); }

private:
    std::atomic_flag flag_ = ATOMIC_FLAG_INIT;
};

/// Holds a lock, if there is anybody to keep out.
class Guard {
public:
    Guard(SpinLock& lock, bool needed) : lock_(needed ? &lock : nullptr) {
        if (lock_ != nullptr) {
            lock_->lock();
        }
    }
    ~Guard() {
        if (lock_ != nullptr) {
            lock_->unlock();
        }
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

private:
    SpinLock* lock_;
};

/// The ranges of one memory that were accessed in this launch, each a cell. For each block of the memory the first
/// range that touches it is known; from there they are linked. What no cell covers, nobody has accessed.
class Shadow {
public:
    /// granule: bytes that are told apart, a power of two. An access is taken to concern whole granules only: parts at
    /// its ends are left out.
    Shadow(uint64_t bytes, uint32_t granule);

    /// Forgets everything: a launch begins.
    void reset();

    /// Calls visit(cell) for each range in [begin, end), split and made so that together they are just these bytes.
    template <class Visit>
    void visit(uint64_t begin, uint64_t end, Visit&& visit) {
        const uint32_t last = to_granule(end);
        for (uint32_t at = to_granule(begin + granule_ - 1); at < last;) {
            Cell& cell = cells_[cell_at(at, last)];
            visit(cell);
            at = cell.end;
        }
    }

    /// Calls look(cell) for each range that touches [begin, end).
    template <class Look>
    void each(uint64_t begin, uint64_t end, Look&& look) const {
        const uint32_t last = to_granule(end);
        for (uint32_t index = next_from(to_granule(begin + granule_ - 1), last); index != 0;
             index = next_from(cells_[index].end, last)) {
            look(cells_[index]);
        }
    }

    /// The cell of [begin, end) if that is one range, as the pages of a buffer are, or none yet; null otherwise.
    [[gnu::always_inline]] Cell* one(uint64_t begin, uint64_t end) {
        const uint32_t first = to_granule(begin), last = to_granule(end);
        if (((begin | end) & (granule_ - 1)) != 0) {
            return nullptr;
        }
        const uint32_t index = find(first);
        if (cells_[index].begin == first && cells_[index].end == last) {
            return &cells_[index];
        }
        return make_one(index, first, last);
    }

    /// Makes [begin, end) one range that was written so.
    void assign(uint64_t begin, uint64_t end, const Access& write);

    /// The further readers of a cell.
    std::vector<Access>& more(Cell& cell);
    const std::vector<Access>* more_of(const Cell& cell) const { return cell.more == 0 ? nullptr : &more_[cell.more]; }
    void drop_more(Cell& cell);

    SpinLock lock;

private:
    static constexpr uint32_t block = 64;  ///< granules
    static uint32_t start_of(uint32_t granule) { return granule & ~(block - 1); }

    uint32_t to_granule(uint64_t byte) const { return static_cast<uint32_t>(byte >> shift_); }
    uint32_t* firsts() const { return reinterpret_cast<uint32_t*>(firsts_.data()); }

    /// The first range that ends after this granule and touches its block; 0 if there is none.
    uint32_t find(uint32_t granule) const {
        // What is noted for a block that no range touches is left from earlier.
        const uint32_t start = start_of(granule);
        uint32_t index = firsts()[granule / block];
        if (index >= cells_.size() || cells_[index].begin >= start + block || cells_[index].end <= start) {
            return 0;
        }
        while (index != 0 && cells_[index].end <= granule) {
            index = cells_[index].next;
        }
        return index;
    }
    uint32_t next_from(uint32_t granule, uint32_t last) const;
    Cell* make_one(uint32_t found, uint32_t begin, uint32_t end);
    uint32_t cell_at(uint32_t granule, uint32_t last);
    void split(uint32_t index, uint32_t at);
    uint32_t put(uint32_t begin, uint32_t end);
    void note_first(uint32_t from, uint32_t end, uint32_t index);
    uint32_t new_cell();

    uint32_t granule_;
    uint32_t shift_;
    sim::Reservation firsts_;  ///< by block: index of a cell
    std::vector<Cell> cells_;  ///< the first one is none
    std::vector<uint32_t> free_;
    std::vector<std::vector<Access>> more_;
    std::vector<uint32_t> free_more_;
};

}  // namespace tessera::check
