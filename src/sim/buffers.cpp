#include <sim/buffers.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace tessera::sim {
namespace {

/// Freed memory that is remembered; the oldest is forgotten first.
constexpr size_t most_gone = 256;

bool share_a_device(const BufferPlace& a, const BufferPlace& b) {
    return std::any_of(a.devices.begin(), a.devices.end(), [&](uint32_t device) { return b.on(device); });
}

void sort_by_address(std::vector<BufferPlace>& places) {
    std::sort(places.begin(), places.end(),
              [](const BufferPlace& a, const BufferPlace& b) { return a.address < b.address; });
}

}  // namespace

bool BufferPlace::on(uint32_t device) const {
    return std::find(devices.begin(), devices.end(), device) != devices.end();
}

uint64_t BufferPlace::bytes_in(uint32_t bank) const {
    if (sharded()) {
        return std::find(shards.begin(), shards.end(), bank) != shards.end() ? shard_bytes : 0;
    }
    if (bank >= num_banks) {
        return 0;
    }
    return (pages / num_banks + (bank < pages % num_banks ? 1 : 0)) * stride;
}

uint64_t BufferPlace::extent() const {
    return sharded() ? shard_bytes : bytes_in(0);
}

BufferPlace::Padding BufferPlace::padding_at(uint32_t bank, uint64_t byte) const {
    if (stride == 0) {
        return Padding::None;
    }
    const uint64_t offset = byte - address;
    if (shard_pages != nullptr) {
        const auto shard = static_cast<size_t>(std::find(shards.begin(), shards.end(), bank) - shards.begin());
        const uint64_t page = offset / stride;
        if (shard < shard_pages->size() && page < (*shard_pages)[shard].size() &&
            (*shard_pages)[shard][page] == no_page) {
            return Padding::Shard;
        }
    }
    return offset % stride >= page_bytes ? Padding::PageEnd : Padding::None;
}

bool BufferPlace::padded() const {
    if (stride > page_bytes) {
        return true;
    }
    return shard_pages != nullptr && std::any_of(shard_pages->begin(), shard_pages->end(), [](const auto& shard) {
               return std::find(shard.begin(), shard.end(), no_page) != shard.end();
           });
}

std::string BufferPlace::describe() const {
    char text[96];
    std::snprintf(text, sizeof(text), "%llu %s%llu bytes at 0x%llx", static_cast<unsigned long long>(pages),
                  pages == 1 ? "page of " : "pages of ", static_cast<unsigned long long>(page_bytes),
                  static_cast<unsigned long long>(address));
    return text;
}

void BufferRegistry::allocated(const void* key, BufferPlace place) {
    const std::lock_guard lock(mutex_);
    place.number = ++generation_;
    // Freed memory ceases to be so where it is given out again. What is left over at its ends would say little.
    std::erase_if(gone_, [&](const BufferPlace& old) {
        return old.memory == place.memory && old.address < place.address + place.extent() &&
               place.address < old.address + old.extent() && share_a_device(old, place);
    });
    live_.insert_or_assign(key, std::move(place));
}

void BufferRegistry::bury(const BufferPlace& place) {
    const bool known = std::any_of(gone_.begin(), gone_.end(), [&](const BufferPlace& old) {
        return old.memory == place.memory && old.address == place.address && old.extent() == place.extent() &&
               share_a_device(old, place);
    });
    if (known) {
        return;
    }
    if (gone_.size() == most_gone) {
        gone_.erase(gone_.begin());
    }
    gone_.push_back(place);
}

void BufferRegistry::freed(const void* key) {
    const std::lock_guard lock(mutex_);
    const auto found = live_.find(key);
    if (found == live_.end()) {
        return;
    }
    ++generation_;
    const BufferPlace place = std::move(found->second);
    live_.erase(found);
    bury(place);
}

void BufferRegistry::forget(std::span<const uint32_t> devices) {
    const std::lock_guard lock(mutex_);
    ++generation_;
    const auto drop = [&](BufferPlace& place) {
        std::erase_if(place.devices, [&](uint32_t device) {
            return std::find(devices.begin(), devices.end(), device) != devices.end();
        });
        return place.devices.empty();
    };
    for (auto entry = live_.begin(); entry != live_.end();) {
        entry = drop(entry->second) ? live_.erase(entry) : std::next(entry);
    }
    gone_.erase(std::remove_if(gone_.begin(), gone_.end(), drop), gone_.end());
    std::erase_if(by_hand_, [&](const auto& entry) {
        return std::find(devices.begin(), devices.end(), entry.first) != devices.end();
    });
}

void BufferRegistry::placed_by_hand(uint32_t device, Memory memory) {
    const std::lock_guard lock(mutex_);
    const std::pair entry{device, memory};
    if (std::find(by_hand_.begin(), by_hand_.end(), entry) == by_hand_.end()) {
        by_hand_.push_back(entry);
        ++generation_;
    }
}

bool BufferRegistry::is_placed_by_hand(uint32_t device, Memory memory) const {
    const std::lock_guard lock(mutex_);
    return std::find(by_hand_.begin(), by_hand_.end(), std::pair{device, memory}) != by_hand_.end();
}

uint64_t BufferRegistry::generation() const {
    const std::lock_guard lock(mutex_);
    return generation_;
}

std::vector<BufferPlace> BufferRegistry::live() const {
    const std::lock_guard lock(mutex_);
    std::vector<BufferPlace> places;
    places.reserve(live_.size());
    for (const auto& [key, place] : live_) {
        places.push_back(place);
    }
    sort_by_address(places);
    return places;
}

std::vector<BufferPlace> BufferRegistry::gone() const {
    const std::lock_guard lock(mutex_);
    std::vector<BufferPlace> places = gone_;
    sort_by_address(places);
    return places;
}

}  // namespace tessera::sim
