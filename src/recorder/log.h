// What the recorder keeps of one processor while a launch runs: its events, folded, in tables of its own.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <recorder/fold.h>
#include <sim/core.h>

namespace tessera::recorder {

/// An event as it is compared while the kernel runs: record::Event with places in the kernel's code instead of sites.
struct Key {
    record::Op op = record::Op::End;
    uint8_t noc = 0;
    uint8_t flags = 0;
    uint8_t cb = 0;
    uint8_t peer = 0;
    uint8_t unused[3] = {};
    uint32_t site[2] = {};  ///< return addresses, from the start of the kernel's image; the caller's second; 0: none
    uint32_t gap = 0;
    uint32_t amount = 0;
    uint32_t trid = record::no_trid;
    uint32_t word = 0;
    uint32_t index = 0;  ///< of a compute operation or a name
    uint32_t target = 0;
    uint32_t last = 0;  ///< of a multicast
    uint32_t unused2 = 0;
};
static_assert(sizeof(Key) == 48);

inline bool same(const Key& a, const Key& b) {
    return std::memcmp(&a, &b, sizeof(Key)) == 0;
}

/// A target as one word.
inline uint32_t pack_target(const record::Target& target) {
    return static_cast<uint32_t>(target.kind) | uint32_t{target.x} << 4 | uint32_t{target.y} << 10 |
           uint32_t{target.bank} << 16;
}
inline record::Target unpack_target(uint32_t packed, uint32_t last) {
    return {.kind = static_cast<record::Target::Kind>(packed & 15),
            .x = static_cast<uint8_t>(packed >> 4 & 63),
            .y = static_cast<uint8_t>(packed >> 10 & 63),
            .last_x = static_cast<uint8_t>(last & 63),
            .last_y = static_cast<uint8_t>(last >> 6 & 63),
            .bank = static_cast<uint8_t>(packed >> 16)};
}

/// Values that are kept once; equality is by bytes.
template <class T>
class Interner {
public:
    uint32_t intern(const T& value) {
        if ((values_.size() + 1) * 2 > slots_.size()) {
            grow();
        }
        for (size_t at = hash(value);; ++at) {
            uint32_t& slot = slots_[at & (slots_.size() - 1)];
            if (slot == 0) {
                values_.push_back(value);
                slot = static_cast<uint32_t>(values_.size());
                return slot - 1;
            }
            if (std::memcmp(&values_[slot - 1], &value, sizeof(T)) == 0) {
                return slot - 1;
            }
        }
    }
    const T& operator[](uint32_t index) const { return values_[index]; }
    size_t size() const { return values_.size(); }
    void clear() {
        values_.clear();
        slots_.assign(slots_.size(), 0);
    }

private:
    static_assert(sizeof(T) % 4 == 0);
    static size_t hash(const T& value) {
        uint64_t state = 0;
        const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
        for (size_t i = 0; i < sizeof(T); i += 4) {
            uint32_t word;
            std::memcpy(&word, bytes + i, 4);
            state = (state ^ word) * 0x9E3779B97F4A7C15;
            state ^= state >> 32;
        }
        return state;
    }
    void grow() {
        slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
        for (uint32_t i = 0; i < values_.size(); ++i) {
            size_t at = hash(values_[i]);
            while (slots_[at & (slots_.size() - 1)] != 0) {
                ++at;
            }
            slots_[at & (slots_.size() - 1)] = i + 1;
        }
    }

    std::vector<T> values_;
    std::vector<uint32_t> slots_;  ///< index + 1; 0: free
};

/// A compute operation without padding, so that it can be compared as bytes.
struct ComputeKey {
    record::Compute::Kind kind = record::Compute::Kind::Copy;
    uint8_t op = 0, bcast = 0, phases = 1;
    uint8_t dst_32bit = 0, transpose = 0, format0 = 255, format1 = 255;
    uint8_t faces = 4, face_rows = 16, operands = 1, l1_accumulate = 0;
    uint16_t tiles = 1, ct = 1, rt = 1, kt = 1;
    uint16_t sfpu_op = 0, unused = 0;
    uint32_t instructions = 0;

    record::Compute value() const {
        return {.kind = kind,
                .op = op,
                .bcast = bcast,
                .phases = phases,
                .dst_32bit = dst_32bit != 0,
                .transpose = transpose != 0,
                .format0 = format0,
                .format1 = format1,
                .faces = faces,
                .face_rows = face_rows,
                .tiles = tiles,
                .ct = ct,
                .rt = rt,
                .kt = kt,
                .sfpu_op = sfpu_op,
                .operands = operands,
                .instructions = instructions,
                .l1_accumulate = l1_accumulate != 0};
    }
};
static_assert(sizeof(ComputeKey) == 28);

struct CoreLog;

/// One processor in this launch.
struct ProcessorLog {
    CoreLog* core = nullptr;
    sim::Risc* risc = nullptr;
    uint8_t number = 0;                            ///< of three in its core
    bool runs = false;                             ///< it has a kernel in this launch
    uint64_t cycles = 0, vector_instructions = 0;  ///< of the kernel's own code, at the last event
    bool refused = false;                          ///< since then it has asked for pages in vain
    uint64_t gap_before = 0;                       ///< cycles up to the first such question
    uint64_t stores = 0;                           ///< to words that others may wait for
    uint64_t last_store[3] = {};                   ///< of each other processor, that this one has waited for
    uint64_t last_spin = 0;                        ///< arrivals at the core when a loop last ended
    struct WordSeen {
        uint32_t word;
        uint64_t arrival;
    };
    std::vector<WordSeen> seen;  ///< by word: number of the last arrival that it has waited for
    Folder folder;
    Interner<Key> keys;
    Interner<ComputeKey> computes;
    std::vector<std::string> names;

    void begin(sim::Risc& of) {
        risc = &of;
        runs = true;
        refused = false;
        cycles = vector_instructions = stores = last_spin = 0;
        std::memset(last_store, 0, sizeof last_store);
        seen.clear();
        folder.clear();
        keys.clear();
        computes.clear();
        names.clear();
    }
    void add(const Key& key) {
        const uint32_t expected = folder.expected();
        if (expected != Folder::none && same(keys[expected], key)) {
            folder.advance();
        } else {
            folder.add(keys.intern(key));
        }
    }
    uint64_t& seen_at(uint32_t word) {
        for (WordSeen& known : seen) {
            if (known.word == word) {
                return known.arrival;
            }
        }
        return seen.emplace_back(word, 0).arrival;
    }
    uint32_t name(const char* text) {
        for (uint32_t i = 0; i < names.size(); ++i) {
            if (names[i] == text) {
                return i;
            }
        }
        names.emplace_back(text);
        return static_cast<uint32_t>(names.size() - 1);
    }
};

}  // namespace tessera::recorder
