// Which buffer lies where: a question that is asked for every transfer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <sim/buffers.h>

namespace tessera::check {

/// The buffers of one kind of memory of one device, by address.
struct BufferPlaces {
    std::vector<sim::BufferPlace> all;
    std::vector<uint64_t> last_end;  ///< of all[0..i], the highest end

    void set(std::vector<sim::BufferPlace> places) {
        all = std::move(places);
        last_end.clear();
        uint64_t end = 0;
        for (const sim::BufferPlace& place : all) {
            end = std::max(end, place.address + place.extent());
            last_end.push_back(end);
        }
    }

    /// The buffer that holds this byte of a bank; null if there is none.
    const sim::BufferPlace* at(uint32_t bank, uint64_t address) const {
        for (size_t i = after(address); i > 0 && last_end[i - 1] > address; i--) {
            const sim::BufferPlace& place = all[i - 1];
            if (address - place.address < place.bytes_in(bank)) {
                return &place;
            }
        }
        return nullptr;
    }

    /// Whether one buffer holds all bytes of a bank from `address` to before `last`.
    bool hold(uint32_t bank, uint64_t address, uint64_t last) const {
        for (size_t i = after(address); i > 0 && last_end[i - 1] >= last; i--) {
            if (last - all[i - 1].address <= all[i - 1].bytes_in(bank)) {
                return true;
            }
        }
        return false;
    }

    /// The buffers that begin at this address: sharded ones on different cores may share it.
    std::span<const sim::BufferPlace> beginning_at(uint64_t address) const {
        const size_t end = after(address);
        size_t begin = end;
        while (begin > 0 && all[begin - 1].address == address) {
            --begin;
        }
        return {all.data() + begin, end - begin};
    }

    /// The buffer whose address is the highest that is not above this one.
    const sim::BufferPlace* below(uint64_t address) const {
        const size_t i = after(address);
        return i == 0 ? nullptr : &all[i - 1];
    }

private:
    size_t after(uint64_t address) const {
        return static_cast<size_t>(
            std::upper_bound(all.begin(), all.end(), address,
                             [](uint64_t value, const sim::BufferPlace& place) { return value < place.address; }) -
            all.begin());
    }
};

}  // namespace tessera::check
