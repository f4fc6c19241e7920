// What the tests of the vector levels share: random words that dwell on the corners, and the comparison with the scalar
// definition. Rows of sixteen are tame or wild as a whole, since one wild value sends a row off the quick paths.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <tensix/arithmetic.h>

namespace levels {

using namespace tessera::tensix;

constexpr Chip chips[] = {Chip::Wormhole, Chip::Blackhole};
inline std::string chip_name(Chip chip) {
    return chip == Chip::Wormhole ? "Wormhole" : "Blackhole";
}

/// How many values a function is tested with: 10^6, or 10^8 with TESSERA_LONG_TESTS=1.
inline size_t values_per_function() {
    const char* wanted = std::getenv("TESSERA_LONG_TESTS");
    return wanted && *wanted == '1' ? 100'000'000 : 1'000'000;
}

/// The levels of vector code that this CPU has.
inline std::vector<const Arithmetic*> vector_levels(Chip chip) {
    std::vector<const Arithmetic*> found;
    for (const char* name : {"portable", "avx2", "avx512"}) {
        if (const Arithmetic* level = arithmetic_by_name(MathMode::Exact, chip, name)) {
            found.push_back(level);
        }
    }
    return found;
}
inline const Arithmetic& scalar(Chip chip) {
    return *arithmetic_by_name(MathMode::Exact, chip, "scalar");
}

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 1) {}

    uint32_t bits() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<uint32_t>(state_ >> 16);
    }
    uint32_t below(uint32_t n) { return static_cast<uint32_t>(uint64_t{bits()} * n >> 32); }

    /// Starts a row: one in four is wild.
    void next_row() { wild_ = below(4) == 0; }

    /// An exponent of 8 or 5 bits.
    uint32_t exponent(bool five_bits) {
        const uint32_t kind = below(16);
        if (five_bits) {
            if (wild_ && kind < 4) {
                return kind < 2 ? below(3) : 29 + below(3);
            }
            return kind < 11 ? 10 + below(10) : below(32);
        }
        if (wild_ && kind < 8) {
            return kind < 3 ? below(14) : kind < 5 ? 250 + below(6) : kind < 6 ? 55 + below(20) : below(256);
        }
        return kind < 12 ? 118 + below(16) : 40 + below(160);
    }

    uint32_t mantissa() {
        switch (below(8)) {
            case 0:
                return 0;
            case 1:
                return 0x7FFFFF;
            case 2:
                return bits() & 0x700000;
            case 3:
                return bits() & 0x7F0000;
            case 4:
                return 0x7FFFFF ^ (1u << below(23));
            default:
                return bits() & 0x7FFFFF;
        }
    }

    /// A source word as unpackers make them; sometimes with bits that the matrix unit does not read.
    uint32_t source(Precision p) {
        const uint32_t sign = bits() & 0x80000000u;
        if (below(12) == 0) {
            return below(2) ? sign : 0;
        }
        if (p == Precision::Int8) {
            const uint32_t magnitude = below(3) ? below(256) : below(1024);
            return sign | (magnitude ? 16u << 23 : 0u) | magnitude << 13;
        }
        const uint32_t word = sign | exponent(p == Precision::Fp16) << 23 | mantissa();
        if (wild_ && below(8) == 0) {
            return word;
        }
        return word & (p == Precision::Bf16 ? 0xFFFF0000u : 0xFFFFE000u);
    }

    /// A DST word; sometimes, in 16-bit DST, with bits that it does not hold.
    uint32_t dst(Precision p) {
        const uint32_t sign = bits() & 0x80000000u;
        if (below(8) == 0) {
            return below(2) ? sign : 0;
        }
        if (p == Precision::Int8) {
            const uint32_t kind = below(4);
            return sign | (kind == 0 ? 0x7FFFFFFFu - below(300000) : kind == 1 ? below(300) : bits() & 0x7FFFFFFF);
        }
        if (wild_ && below(8) == 0) {
            return bits();
        }
        const uint32_t e = exponent(p == Precision::Fp16);
        if (p == Precision::Fp16) {
            return e == 0 && !wild_ ? 0 : sign | (e + 112) << 23 | (mantissa() & 0x7FE000);
        }
        const uint32_t word = sign | e << 23 | mantissa();
        return p == Precision::Fp32 ? word : word & 0xFFFF0000u;
    }

private:
    uint64_t state_;
    bool wild_ = false;
};

/// The first difference between two runs of words, or -1.
template <typename T>
int first_difference(const T* a, const T* b, size_t count) {
    if (std::memcmp(a, b, count * sizeof(T)) == 0) {
        return -1;
    }
    for (size_t i = 0; i < count; ++i) {
        if (a[i] != b[i]) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

}  // namespace levels
