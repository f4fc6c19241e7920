#include <numerics/memory_shadow.h>

#include <algorithm>
#include <cstring>

namespace tessera::numerics {

template <class Fn>
void MemoryShadow::for_regions(uintptr_t begin, uintptr_t end, bool make, Fn fn) const {
    while (begin < end) {
        const uintptr_t region = begin / region_bytes;
        const uintptr_t stop = std::min(end, (region + 1) * region_bytes);
        Bucket& in = bucket(region);
        const std::lock_guard lock(in.mutex);
        if (make) {
            fn(in.regions[region], begin, stop);
        } else if (const auto found = in.regions.find(region); found != in.regions.end()) {
            fn(found->second, begin, stop);
        }
        begin = stop;
    }
}

void MemoryShadow::cut(Pieces& pieces, uintptr_t begin, uintptr_t end) {
    auto at = pieces.lower_bound(begin);
    if (at != pieces.begin()) {
        auto before = std::prev(at);
        if (before->second.end > begin) {
            if (before->second.end > end) {
                Piece rest = before->second;
                rest.from += static_cast<uint32_t>(end - before->first);
                pieces.emplace(end, std::move(rest));
            }
            before->second.end = begin;
        }
    }
    while (at != pieces.end() && at->first < end) {
        if (at->second.end > end) {
            Piece rest = at->second;
            rest.from += static_cast<uint32_t>(end - at->first);
            pieces.erase(at);
            pieces.emplace(end, std::move(rest));
            return;
        }
        at = pieces.erase(at);
    }
}

std::vector<MemoryShadow::Placed> MemoryShadow::find(uintptr_t begin, uintptr_t end) const {
    std::vector<Placed> result;
    for_regions(begin, end, false, [&](const Pieces& pieces, uintptr_t from, uintptr_t to) {
        auto at = pieces.upper_bound(from);
        if (at != pieces.begin()) {
            --at;
        }
        for (; at != pieces.end() && at->first < to; ++at) {
            const uintptr_t low = std::max(at->first, from), high = std::min(at->second.end, to);
            if (low < high) {
                Piece piece = at->second;
                piece.from += static_cast<uint32_t>(low - at->first);
                piece.end = high;
                result.push_back({low, std::move(piece)});
            }
        }
    });
    return result;
}

void MemoryShadow::write(const uint8_t* memory, const std::shared_ptr<const Packed>& packed, uint32_t from,
                         uint32_t bytes) {
    const auto start = reinterpret_cast<uintptr_t>(memory);
    for_regions(start, start + bytes, true, [&](Pieces& pieces, uintptr_t begin, uintptr_t end) {
        cut(pieces, begin, end);
        pieces[begin] = {end, from + static_cast<uint32_t>(begin - start), packed};
    });
}

void MemoryShadow::forget(const uint8_t* memory, uint64_t bytes) {
    const auto start = reinterpret_cast<uintptr_t>(memory);
    for_regions(start, start + bytes, false,
                [](Pieces& pieces, uintptr_t begin, uintptr_t end) { cut(pieces, begin, end); });
}

void MemoryShadow::copy(const uint8_t* to, const uint8_t* from, uint64_t bytes) {
    const auto start = reinterpret_cast<uintptr_t>(from);
    const std::vector<Placed> found = find(start, start + bytes);
    forget(to, bytes);
    for (const Placed& at : found) {
        write(to + (at.begin - start), at.piece.packed, at.piece.from, static_cast<uint32_t>(at.piece.end - at.begin));
    }
}

namespace {

/// Bytes that a group of 16 datums of a block format take.
uint32_t group_bytes(DataFormat format) {
    return tensix::datum_bits(format) * 2;
}

}  // namespace

Found MemoryShadow::read(const uint8_t* memory, DataFormat format, uint32_t exponents, uint32_t datums,
                         const double* actual, double* out) const {
    Found result;
    std::copy(actual, actual + datums, out);
    const auto start = reinterpret_cast<uintptr_t>(memory);
    const uint32_t bits = tensix::datum_bits(format);
    const std::vector<Placed> found = find(start, start + exponents + uint64_t{datums} * bits / 8);
    if (tensix::is_block_float(format)) {
        // A group of 16 is its exponent and its data; both must have come from the same tile, to the same place in it.
        const uint32_t size = group_bytes(format);
        std::vector<const Placed*> exponent_of(datums / 16, nullptr);
        for (const Placed& at : found) {
            for (uintptr_t b = at.begin; b < std::min(at.piece.end, start + datums / 16); ++b) {
                exponent_of[b - start] = &at;
            }
        }
        for (const Placed& at : found) {
            const Packed& packed = *at.piece.packed;
            for (uint32_t g = 0; g < datums / 16; ++g) {
                const uintptr_t begin = start + exponents + uint64_t{g} * size;
                if (begin < at.begin || begin + size > at.piece.end) {
                    continue;
                }
                const uint32_t offset = at.piece.from + static_cast<uint32_t>(begin - at.begin);
                const Placed* e = exponent_of[g];
                bool same = packed.format == format && offset >= packed.exponents &&
                            (offset - packed.exponents) % size == 0 && e != nullptr &&
                            e->piece.packed == at.piece.packed;
                if (same) {
                    const uint32_t index = (offset - packed.exponents) / size;
                    const uint32_t exponent_at = e->piece.from + static_cast<uint32_t>(start + g - e->begin);
                    same =
                        exponent_at == index && packed.bytes[index] == memory[g] &&
                        std::memcmp(packed.bytes.data() + offset, memory + exponents + uint64_t{g} * size, size) == 0;
                    if (same) {
                        std::copy_n(packed.shadows.data() + size_t{index} * 16, 16, out + size_t{g} * 16);
                        result.shadowed += 16;
                    }
                }
                result.restarted += same ? 0 : 16;
            }
        }
        return result;
    }
    const uint32_t size = bits / 8;
    for (const Placed& at : found) {
        const Packed& packed = *at.piece.packed;
        const uint32_t first = static_cast<uint32_t>((at.begin - start + size - 1) / size);
        const uint32_t last = static_cast<uint32_t>((at.piece.end - start) / size);
        const int64_t shift = int64_t{at.piece.from} - static_cast<int64_t>(at.begin - start);
        if (packed.format != format || shift % size != 0) {
            result.restarted += last > first ? last - first : 0;
            continue;
        }
        for (uint32_t i = first; i < last; ++i) {
            const auto offset = static_cast<size_t>(int64_t{i} * size + shift);
            if (std::memcmp(packed.bytes.data() + offset, memory + size_t{i} * size, size) == 0) {
                out[i] = packed.shadows[offset / size];
                ++result.shadowed;
            } else {
                ++result.restarted;
            }
        }
    }
    return result;
}

std::shared_ptr<const Packed> MemoryShadow::first_at(const uint8_t* memory, uint64_t bytes) const {
    const auto start = reinterpret_cast<uintptr_t>(memory);
    std::shared_ptr<const Packed> result;
    for_regions(start, start + bytes, false, [&](const Pieces& pieces, uintptr_t from, uintptr_t to) {
        auto at = pieces.upper_bound(from);
        if (at != pieces.begin()) {
            --at;
        }
        for (; result == nullptr && at != pieces.end() && at->first < to; ++at) {
            if (at->second.end > from) {
                result = at->second.packed;
            }
        }
    });
    return result;
}

}  // namespace tessera::numerics
