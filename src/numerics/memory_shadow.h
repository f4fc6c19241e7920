// What float64 says that the machine's memories hold: pieces of packed tiles by host address, which NoC transfers copy
// along. A piece holds only where the memory still has the bytes that were packed, so a write that nobody saw shows.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <numerics/values.h>

namespace tessera::numerics {

/// Values as the packer wrote them and as they should be. Immutable once written, shared by all copies.
struct Packed {
    DataFormat format = DataFormat::Float16_b;
    uint32_t exponents = 0;       ///< bytes of shared exponents before the data
    std::vector<uint8_t> bytes;   ///< exponents, then data
    std::vector<double> shadows;  ///< one a datum
};

/// What reading a stretch of memory found.
struct Found {
    uint64_t shadowed = 0;   ///< datums whose shadow is not simply their value
    uint64_t restarted = 0;  ///< datums whose bytes were changed by something that has no shadow
};

class MemoryShadow {
public:
    /// bytes.size() bytes from offset `from` of a packed tile now stand at `memory`.
    void write(const uint8_t* memory, const std::shared_ptr<const Packed>& packed, uint32_t from, uint32_t bytes);
    void write(const uint8_t* memory, const std::shared_ptr<const Packed>& packed) {
        write(memory, packed, 0, static_cast<uint32_t>(packed->bytes.size()));
    }
    /// The bytes at `to` are those at `from`, with their shadow or without.
    void copy(const uint8_t* to, const uint8_t* from, uint64_t bytes);
    /// The bytes there mean what they say.
    void forget(const uint8_t* memory, uint64_t bytes);
    /// Shadows of `datums` datums in `format` (exponents of block formats first). `actual` holds the values that the
    /// memory has, and stands in where there is no shadow.
    Found read(const uint8_t* memory, DataFormat format, uint32_t exponents, uint32_t datums, const double* actual,
               double* out) const;
    /// The first packed tile of which something lies there; null if nothing there has a shadow.
    std::shared_ptr<const Packed> first_at(const uint8_t* memory, uint64_t bytes) const;

private:
    struct Piece {
        uintptr_t end = 0;
        uint32_t from = 0;  ///< offset in packed->bytes of the piece's first byte
        std::shared_ptr<const Packed> packed;
    };
    struct Placed {
        uintptr_t begin;
        Piece piece;
    };
    /// Memory is divided into regions, which pieces don't cross; regions hash to buckets with a lock each.
    static constexpr uintptr_t region_bytes = 64 * 1024;
    using Pieces = std::map<uintptr_t, Piece>;
    struct Bucket {
        mutable std::mutex mutex;
        std::unordered_map<uintptr_t, Pieces> regions;
    };
    Bucket& bucket(uintptr_t region) const { return buckets_[region * 0x9E3779B97F4A7C15u >> 54]; }
    template <class Fn>
    void for_regions(uintptr_t begin, uintptr_t end, bool make, Fn fn) const;
    static void cut(Pieces& pieces, uintptr_t begin, uintptr_t end);
    std::vector<Placed> find(uintptr_t begin, uintptr_t end) const;

    mutable std::array<Bucket, 1024> buckets_;
};

}  // namespace tessera::numerics
