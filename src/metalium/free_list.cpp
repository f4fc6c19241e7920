// The free list: two maps of ranges, one of what is free and one of what is taken.
#include <metalium/free_list.h>

#include <algorithm>
#include <iterator>

namespace tessera::metalium {

FreeList::FreeList(uint64_t size, uint64_t base, uint64_t alignment)
    : full_begin_(base), full_end_(base + size), begin_(base), end_(base + size), alignment_(alignment) {
    clear();
}

uint64_t FreeList::align(uint64_t bytes) const {
    return std::max<uint64_t>((bytes + alignment_ - 1) / alignment_, 1) * alignment_;
}

void FreeList::clear() {
    free_.clear();
    allocated_.clear();
    allocated_bytes_ = 0;
    if (end_ > begin_) {
        free_.emplace(begin_, end_);
    }
}

void FreeList::take(std::map<uint64_t, uint64_t>::iterator block, uint64_t address, uint64_t bytes) {
    const auto [start, end] = *block;
    free_.erase(block);
    if (start < address) {
        free_.emplace(start, address);
    }
    if (address + bytes < end) {
        free_.emplace(address + bytes, end);
    }
    allocated_.emplace(address, address + bytes);
    allocated_bytes_ += bytes;
}

std::optional<uint64_t> FreeList::allocate(uint64_t bytes, bool bottom_up) {
    const uint64_t size = align(bytes);
    const auto fits = [size](const auto& block) { return block.second - block.first >= size; };
    if (bottom_up) {
        const auto block = std::find_if(free_.begin(), free_.end(), fits);
        if (block == free_.end()) {
            return std::nullopt;
        }
        const uint64_t address = block->first;
        take(block, address, size);
        return address;
    }
    const auto block = std::find_if(free_.rbegin(), free_.rend(), fits);
    if (block == free_.rend()) {
        return std::nullopt;
    }
    const uint64_t address = block->second - size;
    take(std::prev(block.base()), address, size);
    return address;
}

std::optional<uint64_t> FreeList::allocate_at(uint64_t address, uint64_t bytes) {
    const uint64_t size = align(bytes);
    auto block = free_.upper_bound(address);
    if (block == free_.begin()) {
        return std::nullopt;
    }
    --block;
    if (address + size > block->second) {
        return std::nullopt;
    }
    take(block, address, size);
    return address;
}

void FreeList::deallocate(uint64_t address) {
    const auto block = allocated_.find(address);
    if (block == allocated_.end()) {
        return;
    }
    auto [start, end] = *block;
    allocated_bytes_ -= end - start;
    allocated_.erase(block);
    auto next = free_.lower_bound(start);
    if (next != free_.end() && next->first == end) {
        end = next->second;
        next = free_.erase(next);
    }
    if (next != free_.begin() && std::prev(next)->second == start) {
        std::prev(next)->second = end;
    } else {
        free_.emplace(start, end);
    }
}

std::vector<FreeList::Range> FreeList::free_ranges() const {
    return {free_.begin(), free_.end()};
}
std::vector<FreeList::Range> FreeList::allocated_ranges() const {
    return {allocated_.begin(), allocated_.end()};
}

std::optional<uint64_t> FreeList::lowest_occupied() const {
    return allocated_.empty() ? std::nullopt : std::optional(allocated_.begin()->first);
}

bool FreeList::shrink(uint64_t bytes, bool bottom_up) {
    if (bytes == 0) {
        return true;
    }
    if (free_.empty() || bytes > size()) {
        return false;
    }
    const auto block = bottom_up ? free_.begin() : std::prev(free_.end());
    const auto [start, end] = *block;
    if ((bottom_up ? start != begin_ : end != end_) || end - start < bytes) {
        return false;
    }
    free_.erase(block);
    if (bottom_up) {
        begin_ += bytes;
        if (begin_ < end) {
            free_.emplace(begin_, end);
        }
    } else {
        end_ -= bytes;
        if (start < end_) {
            free_.emplace(start, end_);
        }
    }
    return true;
}

void FreeList::reset_size() {
    const auto give_back = [this](uint64_t start, uint64_t end) {
        if (start < end) {
            allocated_.emplace(start, end);
            allocated_bytes_ += end - start;
            deallocate(start);
        }
    };
    give_back(full_begin_, begin_);
    give_back(end_, full_end_);
    begin_ = full_begin_;
    end_ = full_end_;
}

}  // namespace tessera::metalium
