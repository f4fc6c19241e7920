// Who last wrote and who has read each byte of a memory, as ranges that were accessed alike: a page that one transfer
// fills is one range, whatever its size.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include <check/clocks.h>

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

struct Cell {
    Access write;
    Access read;
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

/// A set of numbers below 64^3, as a tree of words: its neighbours are three words away.
class NumberSet {
public:
    static constexpr uint32_t limit = 64 * 64 * 64;

    bool has(uint32_t number) const { return (low_[number / 64] >> number % 64 & 1) != 0; }
    void add(uint32_t number) {
        low_[number / 64] |= bit(number);
        middle_[number / 4096] |= bit(number / 64);
        high_ |= bit(number / 4096);
    }
    void remove(uint32_t number) {
        if ((low_[number / 64] &= ~bit(number)) == 0 && (middle_[number / 4096] &= ~bit(number / 64)) == 0) {
            high_ &= ~bit(number / 4096);
        }
    }
    void clear();
    /// The first from `from` on, which is below limit; `limit` if there is none.
    uint32_t next(uint32_t from) const {
        if (const uint64_t here = low_[from / 64] >> from % 64; here != 0) {
            return from + first(here);
        }
        const uint32_t word = from / 64;
        if (const uint64_t here = after(middle_[word / 64], word % 64); here != 0) {
            const uint32_t found = word / 64 * 64 + first(here);
            return found * 64 + first(low_[found]);
        }
        return next_far(word / 64);
    }
    /// The last that is not above `from`; there is one.
    uint32_t last(uint32_t from) const;

private:
    static uint64_t bit(uint32_t number) { return uint64_t{1} << number % 64; }
    static uint32_t first(uint64_t word) { return static_cast<uint32_t>(std::countr_zero(word)); }
    static uint32_t top(uint64_t word) { return 63 - static_cast<uint32_t>(std::countl_zero(word)); }
    static uint64_t after(uint64_t word, uint32_t number) { return word & (~uint64_t{1} << number); }
    uint32_t next_far(uint32_t middle) const;

    uint64_t high_ = 0;
    uint64_t middle_[64] = {};
    uint64_t low_[4096] = {};
};

class Shadow {
public:
    /// granule: bytes that are told apart, a power of two. An access is taken to concern whole granules only: parts at
    /// its ends are left out.
    Shadow(uint64_t bytes, uint32_t granule);

    /// Forgets everything: a launch begins.
    void reset();

    /// Calls visit(cell) for each range in [begin, end), split so that no range crosses these ends.
    template <class Visit>
    void visit(uint64_t begin, uint64_t end, Visit&& visit) {
        uint64_t first = (begin + granule_ - 1) >> shift_;
        const uint64_t last = end >> shift_;
        while (first < last) {
            Chunk& chunk = chunk_of(first);
            const uint64_t base = first & ~uint64_t{chunk_granules - 1};
            const auto from = static_cast<uint32_t>(first - base);
            const auto to = static_cast<uint32_t>(std::min<uint64_t>(last - base, chunk_granules));
            split(chunk, from);
            if (to < chunk_granules) {
                split(chunk, to);
            }
            for (uint32_t at = from; at < to; at = end_of(chunk, at)) {
                visit(cells_[chunk.cell[at]]);
            }
            first = base + to;
        }
    }

    /// The cell of [begin, end) if that is exactly one range, as the pages of a buffer are; null otherwise.
    Cell* exactly(uint64_t begin, uint64_t end) {
        const uint64_t first = begin >> shift_, last = end >> shift_;
        const Piece& piece = chunks_[first / chunk_granules];
        Chunk* chunk = piece.chunk.get();
        const auto from = static_cast<uint32_t>(first % chunk_granules);
        const auto to = static_cast<uint32_t>(from + (last - first));
        if (((begin | end) & (granule_ - 1)) != 0 || piece.launch != launch_ || begin >= end ||
            last - first > chunk_granules - from || !chunk->begins.has(from) || end_of(*chunk, from) != to) {
            return nullptr;
        }
        return &cells_[chunk->cell[from]];
    }

    /// Makes [begin, end) one range for each chunk it lies in, with this cell.
    void assign(uint64_t begin, uint64_t end, const Cell& cell);

    /// The further readers of a cell.
    std::vector<Access>& more(Cell& cell);
    const std::vector<Access>* more_of(const Cell& cell) const { return cell.more == 0 ? nullptr : &more_[cell.more]; }
    void drop_more(Cell& cell);

    SpinLock lock;

private:
    static constexpr uint32_t chunk_granules = NumberSet::limit;
    struct Chunk {
        NumberSet begins;               ///< where ranges begin
        uint32_t cell[chunk_granules];  ///< where one begins: its cell
    };

    struct Piece {
        uint32_t launch = 0;  ///< of its chunk's last use
        std::unique_ptr<Chunk> chunk;
    };

    Chunk& chunk_of(uint64_t granule);
    void split(Chunk& chunk, uint32_t at);
    /// Where the range that begins at `at` ends.
    static uint32_t end_of(const Chunk& chunk, uint32_t at) {
        return at + 1 == chunk_granules ? chunk_granules : chunk.begins.next(at + 1);
    }
    uint32_t new_cell(const Cell& cell);

    uint32_t granule_;
    uint32_t shift_;
    uint32_t launch_ = 1;
    std::vector<Piece> chunks_;
    std::vector<Cell> cells_;
    std::vector<uint32_t> free_;
    std::vector<std::vector<Access>> more_;
    std::vector<uint32_t> free_more_;
};

}  // namespace tessera::check
